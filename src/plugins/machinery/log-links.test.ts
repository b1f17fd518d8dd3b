import { expect, test } from "vitest";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { logLinks } from "./log-links.ts";

const context = {
  id: {
    task: { project: "tp", domain: "td", name: "t", version: "v1" },
    node: { execution: { project: "p", domain: "d", name: "e" }, nodeId: "n0" },
    retryAttempt: 2,
  },
  generatedName: "e-n0-2",
  template: {},
} as unknown as TaskContext;

test("placeholders stand for the pod and the attempt, in any case; what is empty stays as written", () => {
  const templates = [
    {
      displayName: "Kubernetes Logs",
      templateUris: [
        "https://k/#!/log/{{.namespace}}/{{ .podName }}/pod?namespace={{.NAMESPACE}}",
        "https://c/{{.containerId}}?{{ $taskRetryAttempt }}&{{.executionName}}&{{.nodeID}}&{{.generatedName}}&{{.hostname}}&{{.unknown}}&{{podName}}",
      ],
      messageFormat: "json" as const,
      hideOnceFinished: true,
    },
  ];
  const variables = { namespace: "p-d", podName: "e-n0-2", containerID: "abc", hostname: "" };
  const common = { name: "Kubernetes Logs (User)", messageFormat: 2, showWhilePending: false, hideOnceFinished: true };
  expect(logLinks(templates, context, variables, " (User)")).toEqual([
    { ...common, uri: "https://k/#!/log/p-d/e-n0-2/pod?namespace=p-d" },
    { ...common, uri: "https://c/abc?2&e&n0&e-n0-2&{{.hostname}}&{{.unknown}}&{{podName}}" },
  ]);
});

test("a task may ask for links of its own, with what its config holds", () => {
  const templates = [
    {
      name: "vscode",
      displayName: "Editor",
      templateUris: [],
      dynamicTemplateUris: ["http://v/{{ .taskConfig.port }}/{{.nodeID}}/{{.taskConfig.absent}}"],
    },
    { name: "other", displayName: "Other", templateUris: [], dynamicTemplateUris: ["http://o"] },
    { displayName: "Unnamed", templateUris: [], dynamicTemplateUris: ["http://u"] },
  ];
  const asking = { ...context, template: { config: { link_type: "wandb,vscode", port: "8080" } } };
  expect(logLinks(templates, asking, {}).map(({ name, uri }) => [name, uri])).toEqual([
    ["Editor", "http://v/8080/n0/{{.taskConfig.absent}}"],
  ]);
  expect(logLinks(templates, context, {})).toEqual([]);
});
