import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openAdmin, startOfTime } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import { executionId, identifier, integer, launchRequest, registerAll, scope, taskTemplate } from "./fixtures.ts";

const { admin, core } = flyteidl;
type MatchingAttributes = flyteidl.admin.MatchingAttributes.$Properties;

/** Every kind there is: what an update sends, and the number that a request asks for it by (flyteidl's MatchableResource). */
const kinds: readonly (readonly [name: string, resourceType: number, attributes: MatchingAttributes])[] = [
  ["TASK_RESOURCE", 0, { taskResourceAttributes: { defaults: { cpu: "1", memory: "150Mi" }, limits: { cpu: "2", memory: "450Mi" } } }],
  ["CLUSTER_RESOURCE", 1, { clusterResourceAttributes: { attributes: { projectQuotaCpu: "4000m" } } }],
  ["EXECUTION_QUEUE", 2, { executionQueueAttributes: { tags: ["critical", "default"] } }],
  ["EXECUTION_CLUSTER_LABEL", 3, { executionClusterLabel: { value: "foo" } }],
  ["QUALITY_OF_SERVICE_SPECIFICATION", 4, { qualityOfService: { tier: 1 } }],
  ["PLUGIN_OVERRIDE", 5, { pluginOverrides: { overrides: [{ taskType: "python-task", pluginId: ["agent"], missingPluginBehavior: 1 }] } }],
  ["WORKFLOW_EXECUTION_CONFIG", 6, { workflowExecutionConfig: { maxParallelism: 5 } }],
  ["CLUSTER_ASSIGNMENT", 7, { clusterAssignment: { clusterPoolName: "gpu" } }],
];
const bytesOf = (attributes: MatchingAttributes | null | undefined): string =>
  Buffer.from(admin.MatchingAttributes.encode(attributes ?? {}).finish()).toString("hex");

const project = { project: "flytesnacks" };
const workflow = { ...scope, workflow: "wf" };

describe("matchable resources", () => {
  test("are all the kinds flyteidl has", () => {
    expect(Object.entries(admin.MatchableResource).filter(([, value]) => typeof value === "number")).toEqual(
      kinds.map(([name, resourceType]) => [name, resourceType]),
    );
  });

  test.for(kinds)(
    "%s at each level: set, read at the most specific level, listed, replaced, deleted",
    async ([, resourceType, matchingAttributes]) => {
      const kit = await openAdmin();
      const missing = (workflow: string, domain = "development") =>
        `NOT_FOUND Resource [{Project:flytesnacks Domain:${domain} Workflow:${workflow} LaunchPlan: ResourceType:${admin.MatchableResource[resourceType]}}] not found`;
      expect(await kit.verdict("GetProjectDomainAttributes", { ...scope, resourceType })).toBe(missing(""));
      expect(await kit.verdict("GetWorkflowAttributes", { ...workflow, resourceType })).toBe(missing("wf"));
      expect(await kit.verdict("GetProjectAttributes", { ...project, resourceType })).toBe(
        resourceType === 6 ? "accepted" : missing("", ""),
      );
      expect((await kit.call("ListMatchableAttributes", { resourceType })).configurations).toEqual([]);

      await kit.call("UpdateProjectAttributes", { attributes: { ...project, matchingAttributes } });
      const ofProject = await kit.call("GetProjectAttributes", { ...project, resourceType });
      expect(ofProject.attributes?.project).toBe("flytesnacks");
      if (resourceType !== 6) expect(bytesOf(ofProject.attributes?.matchingAttributes)).toBe(bytesOf(matchingAttributes));
      // What a more specific level does not say is what the project says, and says that it is the project's.
      const inherited = await kit.call("GetWorkflowAttributes", { ...workflow, resourceType });
      expect([inherited.attributes?.project, inherited.attributes?.domain, inherited.attributes?.workflow]).toEqual([
        "flytesnacks",
        "",
        "",
      ]);
      expect(bytesOf(inherited.attributes?.matchingAttributes)).toBe(bytesOf(matchingAttributes));

      await kit.call("UpdateProjectDomainAttributes", { attributes: { ...scope, matchingAttributes } });
      await kit.call("UpdateWorkflowAttributes", { attributes: { ...workflow, matchingAttributes } });
      await kit.call("UpdateWorkflowAttributes", { attributes: { ...workflow, matchingAttributes } });
      const ofWorkflow = await kit.call("GetWorkflowAttributes", { ...workflow, resourceType });
      expect(ofWorkflow.attributes).toMatchObject(workflow);
      expect(bytesOf(ofWorkflow.attributes?.matchingAttributes)).toBe(bytesOf(matchingAttributes));
      expect((await kit.call("GetProjectDomainAttributes", { ...scope, resourceType })).attributes).toMatchObject(scope);
      const { configurations } = await kit.call("ListMatchableAttributes", { resourceType });
      expect(configurations?.map((one) => [one.project, one.domain, one.workflow, one.launchPlan, bytesOf(one.attributes)])).toEqual([
        ["flytesnacks", "development", "wf", "", bytesOf(matchingAttributes)],
        ["flytesnacks", "development", "", "", bytesOf(matchingAttributes)],
        ["flytesnacks", "", "", "", bytesOf(matchingAttributes)],
      ]);

      await kit.call("DeleteProjectAttributes", { ...project, resourceType });
      await kit.call("DeleteProjectAttributes", { ...project, resourceType });
      expect((await kit.call("ListMatchableAttributes", { resourceType })).configurations).toHaveLength(2);
      await kit.call("DeleteWorkflowAttributes", { ...workflow, resourceType });
      expect((await kit.call("GetWorkflowAttributes", { ...workflow, resourceType })).attributes).toMatchObject({ ...scope, workflow: "" });
      await kit.call("DeleteProjectDomainAttributes", { ...scope, resourceType });
      expect(await kit.verdict("GetWorkflowAttributes", { ...workflow, resourceType })).toBe(missing("wf"));
      for (const [, other] of kinds)
        expect((await kit.call("ListMatchableAttributes", { resourceType: other })).configurations).toEqual([]);
    },
  );

  test("of one kind leave those of others alone", async () => {
    const kit = await openAdmin();
    for (const [, , matchingAttributes] of kinds)
      await kit.call("UpdateProjectDomainAttributes", { attributes: { ...scope, matchingAttributes } });
    await kit.call("DeleteProjectDomainAttributes", { ...scope, resourceType: 3 });
    for (const [name, resourceType, matchingAttributes] of kinds) {
      if (resourceType === 3) continue;
      const { attributes } = await kit.call("GetProjectDomainAttributes", { ...scope, resourceType });
      expect([name, bytesOf(attributes?.matchingAttributes)]).toEqual([name, bytesOf(matchingAttributes)]);
    }
  });

  test("plugin overrides are merged by task type, at every level; others are replaced", async () => {
    const kit = await openAdmin();
    const override = (taskType: string, ...pluginId: string[]) => ({ taskType, pluginId });
    const overrides = (...some: ReturnType<typeof override>[]) => ({ pluginOverrides: { overrides: some } });
    const first = overrides(override("python-task", "a"), override("spark", "s"));
    const second = overrides(override("spark", "t", "u"), override("ray", "r"));
    const expected = [override("python-task", "a"), override("spark", "t", "u"), override("ray", "r")];
    for (const matchingAttributes of [first, second]) {
      await kit.call("UpdateProjectAttributes", { attributes: { ...project, matchingAttributes } });
      await kit.call("UpdateProjectDomainAttributes", { attributes: { ...scope, matchingAttributes } });
      await kit.call("UpdateWorkflowAttributes", { attributes: { ...workflow, matchingAttributes } });
    }
    const { configurations } = await kit.call("ListMatchableAttributes", { resourceType: 5 });
    expect(
      configurations?.map((one) => one.attributes?.pluginOverrides?.overrides?.map(({ taskType, pluginId }) => ({ taskType, pluginId }))),
    ).toEqual([expected, expected, expected]);
    for (const tags of [["a"], ["b"]]) {
      await kit.call("UpdateProjectDomainAttributes", {
        attributes: { ...scope, matchingAttributes: { executionQueueAttributes: { tags } } },
      });
    }
    const queue = await kit.call("GetProjectDomainAttributes", { ...scope, resourceType: 2 });
    expect(queue.attributes?.matchingAttributes?.executionQueueAttributes?.tags).toEqual(["b"]);
  });

  test("concurrent merges of plugin overrides lose none", async () => {
    const kit = await openAdmin();
    const types = Array.from({ length: 20 }, (_, n) => `type-${n}`);
    await Promise.all(
      types.map((taskType) =>
        kit.call("UpdateProjectDomainAttributes", {
          attributes: { ...scope, matchingAttributes: { pluginOverrides: { overrides: [{ taskType, pluginId: ["x"] }] } } },
        }),
      ),
    );
    const { attributes } = await kit.call("GetProjectDomainAttributes", { ...scope, resourceType: 5 });
    expect(attributes?.matchingAttributes?.pluginOverrides?.overrides?.map((one) => one.taskType).toSorted()).toEqual(types.toSorted());
  });

  test("a project's execution configuration is told with the settings where it leaves fields open", async () => {
    const kit = await openAdmin({ maxParallelism: 25, rawOutputPrefix: "s3://raw" });
    const read = async () => {
      const { attributes } = await kit.call("GetProjectAttributes", { ...project, resourceType: 6 });
      const { maxParallelism, rawOutputDataConfig, labels, securityContext, interruptible } =
        attributes?.matchingAttributes?.workflowExecutionConfig ?? {};
      return [
        maxParallelism,
        rawOutputDataConfig?.outputLocationPrefix,
        labels?.values,
        securityContext?.runAs?.k8sServiceAccount,
        interruptible,
      ];
    };
    expect(await read()).toEqual([25, "s3://raw", undefined, undefined, null]);
    const config = { labels: { values: { a: "b" } }, securityContext: { runAs: { k8sServiceAccount: "sa" } } };
    await kit.call("UpdateProjectAttributes", { attributes: { ...project, matchingAttributes: { workflowExecutionConfig: config } } });
    expect(await read()).toEqual([25, "s3://raw", { a: "b" }, "sa", null]);
    // The kept record itself is as it was sent.
    const { configurations } = await kit.call("ListMatchableAttributes", { resourceType: 6 });
    expect(bytesOf(configurations?.[0]?.attributes)).toBe(bytesOf({ workflowExecutionConfig: config }));
  });

  test("of a project that is archived can be read, not changed", async () => {
    const kit = await openAdmin();
    await kit.call("UpdateProjectAttributes", {
      attributes: { ...project, matchingAttributes: { executionClusterLabel: { value: "l" } } },
    });
    await kit.call("UpdateProject", { id: "flytesnacks", state: admin.Project.ProjectState.ARCHIVED });
    expect(await kit.verdict("GetProjectAttributes", { ...project, resourceType: 3 })).toBe("accepted");
    const inactive = "INVALID_ARGUMENT project [flytesnacks] is not active";
    expect(
      await kit.verdict("UpdateProjectAttributes", { attributes: { ...project, matchingAttributes: { executionClusterLabel: {} } } }),
    ).toBe(inactive);
    expect(await kit.verdict("DeleteProjectAttributes", { ...project, resourceType: 3 })).toBe(inactive);
    expect(await kit.verdict("GetProjectDomainAttributes", { ...scope, resourceType: 3 })).toBe(inactive);
  });

  const label: MatchingAttributes = { executionClusterLabel: { value: "l" } };
  const unregistered = (text: string) => `INVALID_ARGUMENT failed to validate that project [nope] ${text}, err: [project [nope] not found]`;
  test.for<[string, (kit: AdminKit) => Promise<string>, string]>([
    ["no attributes (project)", (kit) => kit.verdict("UpdateProjectAttributes", {}), "INVALID_ARGUMENT missing attributes"],
    ["no attributes (domain)", (kit) => kit.verdict("UpdateProjectDomainAttributes", {}), "INVALID_ARGUMENT missing attributes"],
    ["no attributes (workflow)", (kit) => kit.verdict("UpdateWorkflowAttributes", {}), "INVALID_ARGUMENT missing attributes"],
    [
      "an unknown project",
      (kit) => kit.verdict("UpdateProjectAttributes", { attributes: { project: "nope", matchingAttributes: label } }),
      unregistered("is registered"),
    ],
    ["reading an unknown project", (kit) => kit.verdict("GetProjectAttributes", { project: "nope" }), unregistered("exists")],
    ["deleting of an unknown project", (kit) => kit.verdict("DeleteProjectAttributes", { project: "nope" }), unregistered("is registered")],
    [
      "an unknown domain",
      (kit) => kit.verdict("GetProjectDomainAttributes", { ...project, domain: "moon" }),
      "INVALID_ARGUMENT domain [moon] is unrecognized by system",
    ],
    [
      "no workflow",
      (kit) => kit.verdict("UpdateWorkflowAttributes", { attributes: { ...scope, matchingAttributes: label } }),
      "INVALID_ARGUMENT missing name",
    ],
    ["reading no workflow", (kit) => kit.verdict("GetWorkflowAttributes", scope), "INVALID_ARGUMENT missing name"],
    ["deleting no workflow", (kit) => kit.verdict("DeleteWorkflowAttributes", scope), "INVALID_ARGUMENT missing name"],
    [
      "nothing to match",
      (kit) => kit.verdict("UpdateProjectAttributes", { attributes: project }),
      "INVALID_ARGUMENT missing matching_attributes",
    ],
    [
      "no kind (project)",
      (kit) => kit.verdict("UpdateProjectAttributes", { attributes: { ...project, matchingAttributes: {} } }),
      "INVALID_ARGUMENT Unrecognized matching attributes type for request flytesnacks",
    ],
    [
      "no kind (workflow)",
      (kit) => kit.verdict("UpdateWorkflowAttributes", { attributes: { ...workflow, matchingAttributes: {} } }),
      "INVALID_ARGUMENT Unrecognized matching attributes type for request flytesnacks-development-wf",
    ],
    [
      "an unknown type",
      (kit) => kit.verdict("ListMatchableAttributes", { resourceType: 8 as 7 }),
      "INVALID_ARGUMENT invalid value for resource_type",
    ],
    [
      "a negative type",
      (kit) => kit.verdict("GetProjectDomainAttributes", { ...scope, resourceType: -1 as 0 }),
      "INVALID_ARGUMENT invalid value for resource_type",
    ],
    [
      "an amount that is none",
      (kit) =>
        kit.verdict("UpdateProjectDomainAttributes", {
          attributes: { ...scope, matchingAttributes: { taskResourceAttributes: { limits: { ephemeralStorage: "lots" } } } },
        }),
      "INVALID_ARGUMENT invalid value for limits.ephemeral_storage",
    ],
    [
      "negative parallelism",
      (kit) =>
        kit.verdict("UpdateProjectDomainAttributes", {
          attributes: { ...scope, matchingAttributes: { workflowExecutionConfig: { maxParallelism: -1 } } },
        }),
      "INVALID_ARGUMENT invalid value for max_parallelism",
    ],
  ])("%s is refused", async ([, call, expected]) => {
    expect(await call(await openAdmin())).toBe(expected);
  });
});

const claimed = async (kit: AdminKit, name: string) => {
  const snapshot = await kit.deps.workflows.claim(executionId(name), "test", startOfTime, startOfTime + 1000);
  if (!snapshot) throw new Error(`${name} is not there`);
  return snapshot.spec;
};
const setDomain = (kit: AdminKit, matchingAttributes: MatchingAttributes) =>
  kit.call("UpdateProjectDomainAttributes", { attributes: { ...scope, matchingAttributes } });

describe("their effect", () => {
  const level = (name: string): flyteidl.admin.WorkflowExecutionConfig.$Properties => ({
    maxParallelism: name.length,
    securityContext: { runAs: { k8sServiceAccount: name } },
    rawOutputDataConfig: { outputLocationPrefix: `s3://${name}` },
    labels: { values: { from: name } },
    annotations: { values: { note: name } },
    interruptible: { value: name === "workflow" },
    envs: { values: [{ key: "FROM", value: name }] },
  });
  const fields = (spec: flyteidl.admin.ExecutionSpec.$Properties) => [
    spec.maxParallelism,
    spec.securityContext?.runAs?.k8sServiceAccount,
    spec.rawOutputDataConfig?.outputLocationPrefix,
    spec.labels?.values?.["from"],
    spec.annotations?.values?.["note"],
    spec.interruptible == null ? undefined : (spec.interruptible.value ?? false),
    spec.envs?.values?.map((pair) => pair.value).join(),
  ];
  const of = (name: string) => [name.length, name, `s3://${name}`, name, name, name === "workflow", name];

  test("execution configuration: request, plan, workflow, domain, project, settings; each field by itself", async () => {
    const kit = await openAdmin({ maxParallelism: 99, rawOutputPrefix: "s3://settings" });
    await registerAll(kit);
    const { overwriteCache: _none, ...ofPlan } = level("plan");
    const planSpec = {
      workflowId: identifier("WORKFLOW", "wf"),
      fixedInputs: { literals: { greeting: { scalar: { primitive: { stringValue: "hi" } } } } },
    };
    await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "bare"), spec: planSpec });
    await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "rich"), spec: { ...planSpec, ...ofPlan } });
    let count = 0;
    const merged = async (plan: string, own: flyteidl.admin.ExecutionSpec.$Properties = {}) => {
      const name = `e${count++}`;
      const spec = { launchPlan: identifier("LAUNCH_PLAN", plan), ...own };
      await kit.call("CreateExecution", { ...scope, name, spec, inputs: { literals: { x: integer(1) } } });
      return admin.ExecutionSpec.decode((await claimed(kit, name)).executionSpec);
    };
    expect(fields(await merged("bare"))).toEqual([99, undefined, "s3://settings", undefined, undefined, undefined, ""]);

    await kit.call("UpdateProjectAttributes", {
      attributes: { ...project, matchingAttributes: { workflowExecutionConfig: level("project-wide") } },
    });
    expect(fields(await merged("bare"))).toEqual(of("project-wide"));
    await setDomain(kit, { workflowExecutionConfig: level("domain") });
    expect(fields(await merged("bare"))).toEqual(of("domain"));
    await kit.call("UpdateWorkflowAttributes", {
      attributes: { ...workflow, matchingAttributes: { workflowExecutionConfig: level("workflow") } },
    });
    await kit.call("UpdateWorkflowAttributes", {
      attributes: { ...workflow, workflow: "other", matchingAttributes: { workflowExecutionConfig: level("other") } },
    });
    expect(fields(await merged("bare"))).toEqual(of("workflow"));
    expect(fields(await merged("rich"))).toEqual(of("plan"));
    expect(fields(await merged("rich", level("request")))).toEqual(of("request"));

    // The workflow's record hides the domain's whole; only the project's fills what it leaves open.
    await kit.call("UpdateWorkflowAttributes", {
      attributes: {
        ...workflow,
        matchingAttributes: { workflowExecutionConfig: { labels: { values: { from: "workflow" } }, overwriteCache: true } },
      },
    });
    const mixed = await merged("bare", { annotations: { values: { note: "request" } } });
    expect(fields(mixed)).toEqual([12, "project-wide", "s3://project-wide", "workflow", "request", false, "project-wide"]);
    expect(mixed.overwriteCache).toBe(true);
    const shown = await kit.call("GetExecution", { id: executionId(`e${count - 1}`) });
    expect([shown.spec?.maxParallelism, shown.spec?.securityContext?.runAs?.k8sServiceAccount]).toEqual([12, "project-wide"]);
    expect(shown.spec?.labels?.values ?? {}).toEqual({});
  });

  test("roles of older clients come before the settings and after the matchable resources", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const account = async (name: string) => {
      const request = launchRequest(name);
      await kit.call("CreateExecution", { ...request, spec: { ...request.spec, authRole: { kubernetesServiceAccount: "old" } } });
      return admin.ExecutionSpec.decode((await claimed(kit, name)).executionSpec).securityContext?.runAs?.k8sServiceAccount;
    };
    expect(await account("a")).toBe("old");
    await setDomain(kit, { workflowExecutionConfig: { securityContext: { runAs: { k8sServiceAccount: "matched" } } } });
    expect(await account("b")).toBe("matched");
  });

  const resourcesOf = async (kit: AdminKit, name: string) => {
    const { tasks } = core.CompiledWorkflowClosure.decode((await claimed(kit, name)).closure);
    const { requests, limits } = tasks?.[0]?.template?.container?.resources ?? {};
    const text = (entries: typeof requests) =>
      entries?.map((one) => `${core.Resources.ResourceName[one.name ?? 0]}=${one.value}`).join() ?? "";
    return `${text(requests)} / ${text(limits)}`;
  };

  test("task resources replace the settings' defaults and limits whole", async () => {
    const platform = { cpu: "2", memory: "200Mi", gpu: "", ephemeralStorage: "" };
    const kit = await openAdmin({ taskResources: { defaults: platform, limits: platform } });
    await registerAll(kit);
    const launched = async (name: string) => {
      await kit.call("CreateExecution", launchRequest(name));
      return resourcesOf(kit, name);
    };
    expect(await launched("a")).toBe("CPU=2,MEMORY=200Mi / CPU=2,MEMORY=200Mi");
    await setDomain(kit, { taskResourceAttributes: { defaults: { cpu: "500m", gpu: "1" }, limits: { cpu: "4", memory: "1Gi" } } });
    expect(await launched("b")).toBe("CPU=500m,GPU=1 / CPU=500m,GPU=1");
    await kit.call("UpdateWorkflowAttributes", {
      attributes: { ...workflow, matchingAttributes: { taskResourceAttributes: { defaults: { memory: "5Mi" }, limits: {} } } },
    });
    expect(await launched("c")).toBe("MEMORY=5Mi / MEMORY=5Mi");
    // Propeller is told as well: there are tasks whose resources only it knows.
    expect((await claimed(kit, "c")).config?.taskResources).toEqual({
      defaults: { cpu: "", memory: "5Mi", gpu: "", ephemeralStorage: "" },
      limits: { cpu: "", memory: "", gpu: "", ephemeralStorage: "" },
    });
    await kit.call("DeleteWorkflowAttributes", { ...workflow, resourceType: 0 });
    await kit.call("DeleteProjectDomainAttributes", { ...scope, resourceType: 0 });
    expect(await launched("d")).toBe("CPU=2,MEMORY=200Mi / CPU=2,MEMORY=200Mi");
  });

  test("task resources of the domain limit what a task may be registered with", async () => {
    const kit = await openAdmin();
    const register = (version: string, cpu: string) => {
      const template = taskTemplate("greedy", version);
      if (template.container)
        template.container.resources = { requests: [{ name: core.Resources.ResourceName.CPU, value: cpu }], limits: [] };
      return kit.verdict("CreateTask", { id: identifier("TASK", "greedy", version), spec: { template } });
    };
    expect(await register("v1", "64")).toBe("accepted");
    await setDomain(kit, { taskResourceAttributes: { limits: { cpu: "4" } } });
    expect(await register("v2", "64")).toMatch(
      /^INVALID_ARGUMENT Requested CPU default \[64\] is greater than current limit set in the platform configuration \[4\]\./,
    );
    expect(await register("v2", "4")).toBe("accepted");
    // A workflow's record says nothing about tasks.
    await kit.call("UpdateWorkflowAttributes", {
      attributes: { ...scope, workflow: "greedy", matchingAttributes: { taskResourceAttributes: { limits: { cpu: "100" } } } },
    });
    expect(await register("v3", "64")).toMatch(/^INVALID_ARGUMENT/);
  });

  test("plugin overrides go to propeller: the most specific record's", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const launched = async (name: string) => {
      await kit.call("CreateExecution", launchRequest(name));
      return (await claimed(kit, name)).config?.pluginOverrides;
    };
    const overrides = (taskType: string, missingPluginBehavior: number): MatchingAttributes => ({
      pluginOverrides: { overrides: [{ taskType, pluginId: ["one", "two"], missingPluginBehavior }] },
    });
    expect(await launched("a")).toEqual([]);
    await setDomain(kit, overrides("spark", 0));
    expect(await launched("b")).toEqual([{ taskType: "spark", pluginIds: ["one", "two"], mayFallBack: false }]);
    await kit.call("UpdateWorkflowAttributes", { attributes: { ...workflow, matchingAttributes: overrides("ray", 1) } });
    expect(await launched("c")).toEqual([{ taskType: "ray", pluginIds: ["one", "two"], mayFallBack: true }]);
  });

  test("a cluster pool is assigned, and another one refused", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const launch = (name: string, pool?: string) => {
      const request = launchRequest(name);
      return kit.verdict("CreateExecution", {
        ...request,
        spec: { ...request.spec, ...(pool !== undefined && { clusterAssignment: { clusterPoolName: pool } }) },
      });
    };
    const pool = async (name: string) =>
      admin.ExecutionSpec.decode((await claimed(kit, name)).executionSpec).clusterAssignment?.clusterPoolName;
    expect([await launch("a", "cpu"), await pool("a")]).toEqual(["accepted", "cpu"]);
    await setDomain(kit, { clusterAssignment: { clusterPoolName: "gpu" } });
    expect([await launch("b"), await pool("b")]).toEqual(["accepted", "gpu"]);
    expect(await launch("c", "gpu")).toBe("accepted");
    expect(await launch("d", "cpu")).toBe(
      'INVALID_ARGUMENT execution with project "flytesnacks" and domain "development" cannot run on cluster pool "cpu", because its configured to run on pool "gpu"',
    );
    expect(await kit.verdict("GetExecution", { id: executionId("d") })).toMatch(/^NOT_FOUND/);
  });
});

describe("tags of executions", () => {
  test("executions are found by their tags and by the labels of their request", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const launch = async (name: string, tags: string[], labels: Record<string, string> = {}) => {
      const request = launchRequest(name);
      await kit.call("CreateExecution", { ...request, spec: { ...request.spec, tags, labels: { values: labels } } });
    };
    await launch("a", ["nightly", "gold", "nightly"], { team: "core" });
    await launch("b", ["nightly"], { team: "data" });
    await launch("c", []);
    const found = async (filters: string) =>
      (await kit.call("ListExecutions", { id: { ...scope }, limit: 10, filters })).executions
        ?.map((one) => one.id?.name ?? "")
        .toSorted((a, b) => a.localeCompare(b));
    expect(await found("eq(admin_tag.name, nightly)")).toEqual(["a", "b"]);
    expect(await found("value_in(admin_tag.name, gold;nightly)")).toEqual(["a", "b"]);
    expect(await found("eq(admin_tag.name, silver)")).toEqual([]);
    expect(await found("contains(admin_tag.name, old)")).toEqual(["a"]);
    expect(await found("eq(execution_tag.key, team)+eq(execution_tag.value, data)")).toEqual(["b"]);
    expect(await found("eq(admin_tag.name, team)")).toEqual(["a", "b"]);
    expect(await found("eq(admin_tag.name, nightly)+eq(workflow.name, wf)+eq(name, b)")).toEqual(["b"]);
    await kit.call("RelaunchExecution", { id: executionId("a"), name: "again" });
    expect(await found("eq(admin_tag.name, gold)")).toEqual(["a", "again"]);
  });

  test.for([[""], ["x".repeat(256)]])("tag %j is refused", async ([tag]) => {
    const kit = await openAdmin();
    await registerAll(kit);
    const request = launchRequest("e");
    expect(await kit.verdict("CreateExecution", { ...request, spec: { ...request.spec, tags: ["ok", tag ?? ""] } })).toBe(
      "INVALID_ARGUMENT invalid value for tags",
    );
  });
});
