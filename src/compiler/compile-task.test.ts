import { describe, expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import type { TaskTemplate } from "../idl/types.ts";
import { compileTask } from "./compile-task.ts";

const { ResourceName } = flyteidl.core.Resources;
const id = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: "t", version: "v" };
const variables = { a: { type: { simple: flyteidl.core.SimpleType.INTEGER } } };

const errorsOf = (template: TaskTemplate): string => {
  const compiled = compileTask(template);
  return "errors" in compiled ? compiled.errors.toString() : "";
};

test("a good task is passed on as it is", () => {
  const template: TaskTemplate = {
    id,
    interface: { inputs: { variables } },
    container: {
      image: "i",
      args: ["a"],
      resources: {
        requests: ["1", "500m", "1.5Gi", "1e3", "2E", ".5", "100Ki", "-1", "1E-2", "3k"].map((value) => ({
          name: ResourceName.CPU,
          value,
        })),
      },
    },
  };
  const compiled = compileTask(template);
  expect("task" in compiled && compiled.task.template === template).toBe(true);
});

test("a task that runs elsewhere needs an id only", () => {
  expect(errorsOf({ id, type: "sensor", interface: { inputs: { variables } } })).toBe("");
  expect(errorsOf({ type: "sensor" })).toBe(
    "Collected Errors: 1\n\tError 0: Code: ValueRequired, Node Id: root, Description: Value required [Id].\n",
  );
});

describe("containers", () => {
  test.each(["inputs", "outputs"])("one with %s needs a command", (side) => {
    expect(errorsOf({ id, interface: { [side]: { variables } }, container: { image: "i" } })).toContain(
      "Node Id: container, Description: Value required [command]",
    );
  });

  test("one without inputs and outputs does not", () => {
    expect(errorsOf({ id, interface: { inputs: { variables: {} } }, container: { image: "i" } })).toBe("");
  });

  test("one needs an image", () => {
    expect(errorsOf({ id, container: {} })).toContain("Code: ValueRequired, Node Id: container, Description: Value required [image].");
  });

  test.each(["", "1x", "Gi", "1 Gi", "1.2.3", "1mi", "--1", "1e"])("[%s] is no quantity", (value) => {
    const resources = { limits: [{ name: ResourceName.MEMORY, value }] };
    expect(errorsOf({ id, container: { image: "i", resources } })).toContain(
      `Code: UnrecognizedValue, Node Id: resources.MEMORY, Description: Unrecognized value [${value}].`,
    );
  });

  test("all that is wrong is told, each once, sorted", () => {
    const bad = { name: ResourceName.CPU, value: "x" };
    expect(errorsOf({ container: { resources: { requests: [bad, bad], limits: [bad] } } })).toBe(
      "Collected Errors: 3\n" +
        "\tError 0: Code: UnrecognizedValue, Node Id: resources.CPU, Description: Unrecognized value [x].\n" +
        "\tError 1: Code: ValueRequired, Node Id: container, Description: Value required [image].\n" +
        "\tError 2: Code: ValueRequired, Node Id: root, Description: Value required [Id].\n",
    );
  });
});

describe("pods", () => {
  const pod = (...names: string[]): TaskTemplate => ({
    id,
    k8sPod: {
      podSpec: {
        fields: {
          containers: { listValue: { values: names.map((name) => ({ structValue: { fields: { name: { stringValue: name } } } })) } },
        },
      },
    },
  });

  test("names of containers are DNS labels", () => {
    expect(errorsOf(pod("primary", "side-car-2"))).toBe("");
    for (const name of ["Upper", "a_b", "-a", "", "a".repeat(64)]) {
      expect(errorsOf(pod(name))).toContain("InvalidValue, Node Id: root, Description: Invalid value [k8s pod spec container name]");
    }
  });

  test.each<[string, NonNullable<TaskTemplate["k8sPod"]>]>([
    ["no spec", {}],
    ["containers that are no list", { podSpec: { fields: { containers: { stringValue: "x" } } } }],
    ["a container that is no object", { podSpec: { fields: { containers: { listValue: { values: [{ numberValue: 1 }] } } } } }],
  ])("%s", (_, k8sPod) => {
    expect(errorsOf({ id, k8sPod })).toContain("InvalidValue, Node Id: root, Description: Invalid value [k8s pod spec].");
  });
});
