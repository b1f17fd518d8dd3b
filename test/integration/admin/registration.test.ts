import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { WorkflowNode } from "../../../src/idl/types.ts";
import { subMessage } from "../../../src/idl/wire.ts";
import { openAdmin } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import {
  entity,
  identifier,
  integer,
  integerType,
  launchPlanSpec,
  registerAll,
  scope,
  secondsOf,
  stringType,
  taskTemplate,
  text,
  workflowTemplate,
} from "./fixtures.ts";

const { admin, core } = flyteidl;

describe("descriptions", () => {
  const { TASK, WORKFLOW } = core.ResourceType;
  const description = (shortDescription: string): flyteidl.admin.DescriptionEntity.$Properties => ({
    shortDescription,
    longDescription: { value: "# Title", format: admin.DescriptionFormat.DESCRIPTION_FORMAT_MARKDOWN },
    sourceCode: { link: "https://example.com/code" },
    tags: ["a", "b"],
  });

  test("come with a registration and are read by the version they came with", async () => {
    const kit = await openAdmin();
    for (const version of ["v1", "v2"]) {
      await kit.call("CreateTask", {
        id: identifier("TASK", "double", version),
        spec: { template: taskTemplate("double", version), description: description(`of ${version}`) },
      });
    }
    await kit.call("CreateTask", { id: identifier("TASK", "inc"), spec: { template: taskTemplate("inc") } });
    await kit.call("CreateWorkflow", {
      id: identifier("WORKFLOW", "wf"),
      spec: { template: workflowTemplate("wf", ["double", "inc"]), description: description("of a workflow") },
    });
    const got = await kit.call("GetDescriptionEntity", { id: identifier("TASK", "double", "v2") });
    expect(got).toMatchObject({ id: { ...identifier("TASK", "double", "v2") }, ...description("of v2") });
    const workflow = await kit.call("GetDescriptionEntity", { id: identifier("WORKFLOW", "wf") });
    expect([workflow.shortDescription, workflow.id?.resourceType]).toEqual(["of a workflow", WORKFLOW]);
    expect(await kit.verdict("GetDescriptionEntity", { id: identifier("TASK", "inc") })).toMatch(
      /^NOT_FOUND missing entity of type description entity with identifier/,
    );
    expect(await kit.verdict("GetDescriptionEntity", { id: { ...identifier("TASK", "inc"), resourceType: 0 } })).toBe(
      "INVALID_ARGUMENT missing resource_type",
    );
    expect(await kit.verdict("GetDescriptionEntity", { id: { ...identifier("TASK", "inc"), version: "" } })).toBe(
      "INVALID_ARGUMENT missing version",
    );
  });

  test("are listed by kind and name, in pages, filtered and sorted", async () => {
    const kit = await openAdmin();
    for (const [name, version] of [
      ["double", "v1"],
      ["inc", "v1"],
      ["double", "v2"],
    ] as const) {
      const spec = { template: taskTemplate(name, version), description: description(`${name} ${version}`) };
      await kit.call("CreateTask", { id: identifier("TASK", name, version), spec });
    }
    const list = async (request: flyteidl.admin.DescriptionEntityListRequest.$Properties) => {
      const reply = await kit.call("ListDescriptionEntities", { resourceType: TASK, id: { ...scope }, limit: 10, ...request });
      return [reply.descriptionEntities?.map((one) => one.shortDescription).join(), reply.token ?? ""];
    };
    const sortBy = { key: "short_description", direction: admin.Sort.Direction.ASCENDING };
    expect(await list({ sortBy })).toEqual(["double v1,double v2,inc v1", ""]);
    expect(await list({ sortBy, limit: 2 })).toEqual(["double v1,double v2", "2"]);
    expect(await list({ sortBy, limit: 2, token: "2" })).toEqual(["inc v1", ""]);
    expect(await list({ sortBy, id: { ...scope, name: "double" } })).toEqual(["double v1,double v2", ""]);
    expect(await list({ filters: "eq(version,v2)" })).toEqual(["double v2", ""]);
    expect(await list({ resourceType: WORKFLOW })).toEqual(["", ""]);
    expect(await list({ id: { ...scope, domain: "production" } })).toEqual(["", ""]);
    expect(await kit.verdict("ListDescriptionEntities", { resourceType: TASK, id: { ...scope } })).toBe(
      "INVALID_ARGUMENT invalid value for limit",
    );
    expect(await kit.verdict("ListDescriptionEntities", { id: { ...scope }, limit: 1 })).toBe("INVALID_ARGUMENT missing resource_type");
  });
});

describe("a task", () => {
  test("is served as the bytes that came, unknown fields and order of keys included", async () => {
    const kit = await openAdmin();
    const unknown = Buffer.from([0xfa, 0x3e, 3, 1, 2, 3]); // field 1007
    // Keys that a JavaScript object would put in another order.
    const entry = (key: string) =>
      Buffer.concat([Buffer.from([0x82, 0x01, key.length + 5, 0x0a, key.length]), Buffer.from(key), Buffer.from([0x12, 1, 0x76])]);
    const plain = taskTemplate("double");
    plain.config = {};
    const template = Buffer.concat([core.TaskTemplate.encode(plain).finish(), entry("10"), entry("2"), unknown]);
    const id = core.Identifier.encode(identifier("TASK", "double")).finish();
    const field = (number: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
    const request = Buffer.concat([field(1, id), field(2, field(1, template))]);
    expect(await kit.callBytes("CreateTask", request)).toHaveLength(0);

    const reply = await kit.callBytes("GetTask", admin.ObjectGetRequest.encode({ id: identifier("TASK", "double") }).finish());
    expect(Buffer.from(subMessage(reply, [2, 1, 1]) ?? [])).toEqual(template);
    const task = admin.Task.decode(reply);
    expect(secondsOf(task.closure?.createdAt)).toBe(0);
    expect(task.id?.name).toBe("double");
  });

  test("registered by several at the same time is accepted once, and told apart for the others", async () => {
    const kit = await openAdmin();
    const request = (image: string) => {
      const template = taskTemplate("double");
      if (template.container) template.container.image = image;
      return { id: identifier("TASK", "double"), spec: { template } };
    };
    const outcomes = await Promise.all(["one", "one", "two"].map((image) => kit.verdict("CreateTask", request(image))));
    expect(outcomes).toEqual([
      "accepted",
      "ALREADY_EXISTS task with identical structure already exists",
      "INVALID_ARGUMENT double task with different structure already exists. (Please register a new version of the task):\n" +
        "/template/container/image:\n\t- one\n\t+ two",
    ]);
  });

  test("registered again is there already, four times over; another one of that id is told apart", async () => {
    const kit = await openAdmin();
    const request = () => ({ id: identifier("TASK", "double"), spec: { template: taskTemplate("double") } });
    await kit.call("CreateTask", request());
    for (let retry = 0; retry < 4; retry++) {
      const again = await kit.refusal("CreateTask", request());
      expect([again.status, again.message, again.details]).toEqual(["ALREADY_EXISTS", "task with identical structure already exists", []]);
    }
    const other = request();
    if (other.spec.template.container) other.spec.template.container.image = "other:1";
    expect(await kit.verdict("CreateTask", other)).toBe(
      "INVALID_ARGUMENT double task with different structure already exists. (Please register a new version of the task):\n" +
        "/template/container/image:\n\t- cr.flyte.org/flyteorg/flytekit:py3.11\n\t+ other:1",
    );
  });

  test("goes by the id of the request, whatever its template says", async () => {
    const kit = await openAdmin();
    const template = taskTemplate("double", "v0");
    await kit.call("CreateTask", { id: identifier("TASK", "double", "v1"), spec: { template } });
    const task = await kit.call("GetTask", { id: { ...entity("double", "v1") } });
    expect(task.closure?.compiledTask?.template?.id?.version).toBe("v1");
  });

  test.for<[string, (request: flyteidl.admin.TaskCreateRequest.$Properties) => void, string]>([
    ["no id", (request) => (request.id = null), "missing id"],
    ["no project", (request) => (request.id = { ...identifier("TASK", "double"), project: "" }), "missing project"],
    ["no version", (request) => (request.id = { ...identifier("TASK", "double"), version: "" }), "missing version"],
    [
      "the id of a workflow",
      (request) => (request.id = identifier("WORKFLOW", "double")),
      'unexpected resource type workflow for identifier [resource_type:WORKFLOW project:"flytesnacks" domain:"development" name:"double" version:"v1"], expected task instead',
    ],
    [
      "an unknown project",
      (request) => (request.id = { ...identifier("TASK", "double"), project: "flyte-project", domain: "domain" }),
      "failed to validate that project [flyte-project] and domain [domain] are registered, err: [project [flyte-project] not found]",
    ],
    [
      "an unknown domain",
      (request) => (request.id = { ...identifier("TASK", "double"), domain: "prod" }),
      "domain [prod] is unrecognized by system",
    ],
    ["no spec", (request) => (request.spec = null), "missing spec"],
    ["no type", (request) => (request.spec = { template: { ...taskTemplate("double"), type: "" } }), "missing type"],
    ["no metadata", (request) => (request.spec = { template: { ...taskTemplate("double"), metadata: null } }), "missing metadata"],
    [
      "a runtime without version",
      (request) => (request.spec = { template: { ...taskTemplate("double"), metadata: { runtime: {} } } }),
      "missing runtime version",
    ],
    ["no interface", (request) => (request.spec = { template: { ...taskTemplate("double"), interface: null } }), "missing typed interface"],
    [
      "a container without command and arguments",
      (request) => (request.spec = { template: { ...taskTemplate("double"), container: { image: "i" } } }),
      "Collected Errors: 1\n\tError 0: Code: ValueRequired, Node Id: container, Description: Value required [command].\n",
    ],
    [
      "more than its own limit",
      (request) => {
        const { CPU } = core.Resources.ResourceName;
        const resources = { requests: [{ name: CPU, value: "2" }], limits: [{ name: CPU, value: "1" }] };
        request.spec = { template: { ...taskTemplate("double"), container: { image: "i", args: ["a"], resources } } };
      },
      "Requested CPU default [2] is greater than the limit [1]. Please fix your configuration",
    ],
  ])("with %s is refused", async ([, spoil, message]) => {
    const kit = await openAdmin();
    const request: flyteidl.admin.TaskCreateRequest.$Properties = {
      id: identifier("TASK", "double"),
      spec: { template: taskTemplate("double") },
    };
    spoil(request);
    expect(await kit.verdict("CreateTask", request)).toBe(`INVALID_ARGUMENT ${message}`);
  });
});

describe("a workflow", () => {
  test("comes back compiled, with its tasks, and is kept where Flyte keeps it", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const workflow = await kit.call("GetWorkflow", { id: identifier("WORKFLOW", "wf") });
    const compiled = workflow.closure?.compiledWorkflow;
    expect(compiled?.primary?.template?.nodes?.map((node) => node.id)).toEqual(["start-node", "end-node", "n0", "n1"]);
    expect(compiled?.primary?.connections?.downstream?.["n0"]?.ids).toEqual(["n1"]);
    expect(compiled?.tasks?.map((task) => task.template?.id?.name).sort()).toEqual(["double", "inc"]);
    expect(secondsOf(workflow.closure?.createdAt)).toBe(0);
    const stored = kit.deps.blobs.objects.get("s3://my-s3-bucket/metadata/admin/flytesnacks/development/wf/v1") ?? new Uint8Array();
    expect(core.CompiledWorkflowClosure.decode(stored).primary?.template?.id?.name).toBe("wf");
  });

  test("registered again is there already, in whatever order its upstream ids come", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const template = workflowTemplate("wf", ["double", "inc"]);
    const again = await kit.refusal("CreateWorkflow", { id: identifier("WORKFLOW", "wf"), spec: { template } });
    expect([again.status, again.message]).toEqual(["ALREADY_EXISTS", "workflow with identical structure already exists"]);
    expect(again.details.map((one) => one.typeName)).toEqual(["flyteidl.admin.CreateWorkflowFailureReason"]);
    const reason = admin.CreateWorkflowFailureReason.decode(again.details[0]?.value ?? new Uint8Array());
    expect(reason.existsIdenticalStructure?.id?.name).toBe("wf");

    const diamond = (upstream: string[]) => {
      const wide = workflowTemplate("wide", ["double", "double", "inc"]);
      const last = wide.nodes?.[2];
      if (last) last.upstreamNodeIds = upstream;
      return { id: identifier("WORKFLOW", "wide"), spec: { template: wide } };
    };
    await kit.call("CreateWorkflow", diamond(["n1", "n0"]));
    expect(await kit.verdict("CreateWorkflow", diamond(["n0", "n1"]))).toBe(
      "ALREADY_EXISTS workflow with identical structure already exists",
    );
  });

  test("of another structure under the same id is refused with the difference", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const template = workflowTemplate("wf", ["double", "inc"]);
    const node = template.nodes?.[1];
    if (node) node.metadata = { name: "renamed" };
    const refusal = await kit.refusal("CreateWorkflow", { id: identifier("WORKFLOW", "wf"), spec: { template } });
    expect(refusal.status).toBe("INVALID_ARGUMENT");
    expect(refusal.message).toContain(
      "wf workflow with different structure already exists. (Please register a new version of the workflow):\n",
    );
    expect(refusal.message).toContain("/primary/template/nodes/3/metadata/name:\n\t- inc\n\t+ renamed");
    const reason = admin.CreateWorkflowFailureReason.decode(refusal.details[0]?.value ?? new Uint8Array());
    expect(reason.existsDifferentStructure?.id?.version).toBe("v1");
  });

  test("of a task that is not registered does not compile, nor does one whose types do not fit", async () => {
    const kit = await openAdmin();
    const request = () => ({ id: identifier("WORKFLOW", "wf"), spec: { template: workflowTemplate("wf", ["double"]) } });
    const prefix =
      'INVALID_ARGUMENT failed to compile workflow for [resource_type:WORKFLOW project:"flytesnacks" domain:"development" name:"wf" version:"v1"] with err: ';
    expect(await kit.verdict("CreateWorkflow", request())).toBe(
      `${prefix}missing entity of type TASK with identifier resource_type:TASK project:"flytesnacks" domain:"development" name:"double" version:"v1"`,
    );
    await kit.call("CreateTask", { id: identifier("TASK", "double"), spec: { template: taskTemplate("double") } });
    const wrong = request();
    const input = wrong.spec.template.nodes?.[0]?.inputs?.[0];
    if (input?.binding) input.binding = { promise: { nodeId: "", var: "greeting" } };
    const verdict = await kit.verdict("CreateWorkflow", wrong);
    expect(verdict).toContain(`${prefix}Collected Errors: 1\n\tError 0: Code: MismatchingTypes, Node Id: n0`);
    expect(await kit.verdict("GetWorkflow", { id: identifier("WORKFLOW", "wf") })).toBe(
      'NOT_FOUND missing entity of type WORKFLOW with identifier resource_type:WORKFLOW project:"flytesnacks" domain:"development" name:"wf" version:"v1"',
    );
  });

  test("with a node that cannot be run yet is refused, by its name, and nothing of it is kept", async () => {
    const kit = await openAdmin();
    await kit.call("CreateTask", { id: identifier("TASK", "double"), spec: { template: taskTemplate("double") } });
    const template = workflowTemplate("wf", ["double"]);
    const [node] = template.nodes ?? [];
    if (node) {
      const signal = { signalId: "s", type: { simple: 1 }, outputVariableName: "o0" };
      node.arrayNode = { node: { id: "inner", gateNode: { signal } } };
      node.taskNode = null;
      node.inputs = [];
    }
    expect(await kit.verdict("CreateWorkflow", { id: identifier("WORKFLOW", "wf"), spec: { template } })).toMatch(
      /^INVALID_ARGUMENT failed to compile workflow for \[.*\] with err: Collected Errors: 1\n\tError 0: Code: InvalidValue, Node Id: n0, Description: Array nodes of anything but tasks and launch plans are not supported yet \[n0\]\.\n$/,
    );
    expect(await kit.verdict("GetWorkflow", { id: identifier("WORKFLOW", "wf") })).toContain("NOT_FOUND");
  });

  test("has no more nodes than the settings allow", async () => {
    const kit = await openAdmin({ maxWorkflowNodes: 1 });
    await kit.call("CreateTask", { id: identifier("TASK", "double"), spec: { template: taskTemplate("double") } });
    const request = (count: number) => ({
      id: identifier("WORKFLOW", "wf"),
      spec: {
        template: workflowTemplate(
          "wf",
          Array.from({ length: count }, () => "double"),
        ),
      },
    });
    expect(await kit.verdict("CreateWorkflow", request(2))).toBe("INVALID_ARGUMENT number of nodes in workflow exceeds limit (2 > 1)");
    expect(await kit.verdict("CreateWorkflow", request(1))).toBe("accepted");
  });

  test("in lists shows only its interface", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const { workflows } = await kit.call("ListWorkflows", { id: { ...scope }, limit: 10 });
    const template = workflows?.[0]?.closure?.compiledWorkflow?.primary?.template;
    expect(Object.keys(template?.interface?.inputs?.variables ?? {}).sort()).toEqual(["greeting", "x"]);
    expect(template?.nodes).toEqual([]);
  });
});

describe("a launch plan", () => {
  test("expects the workflow's inputs, its own defaults filled in, and begins inactive", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    await kit.call("CreateLaunchPlan", {
      id: identifier("LAUNCH_PLAN", "fixed"),
      spec: { workflowId: identifier("WORKFLOW", "wf"), fixedInputs: { literals: { greeting: text("ciao") } } },
    });
    const plan = await kit.call("GetLaunchPlan", { id: identifier("LAUNCH_PLAN", "fixed") });
    expect(plan.closure?.state).toBe(admin.LaunchPlanState.INACTIVE);
    expect(Object.keys(plan.closure?.expectedInputs?.parameters ?? {})).toEqual(["x"]);
    expect(plan.spec?.defaultInputs?.parameters?.["x"]?.required).toBe(true);
    expect(plan.closure?.expectedOutputs?.variables?.["o0"]?.type?.simple).toBe(core.SimpleType.INTEGER);
    expect(secondsOf(plan.closure?.createdAt)).toBe(0);

    const own = await kit.call("GetLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf") });
    expect(own.closure?.expectedInputs?.parameters?.["greeting"]?.default?.scalar?.primitive?.stringValue).toBe("hello");
  });

  test("registered again is there already; another spec is refused with the difference", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const request = () => ({ id: identifier("LAUNCH_PLAN", "wf"), spec: launchPlanSpec("wf") });
    const again = await kit.refusal("CreateLaunchPlan", request());
    expect([again.status, again.message, again.details]).toEqual([
      "ALREADY_EXISTS",
      "launch plan with identical structure already exists",
      [],
    ]);
    const other = request();
    other.spec.defaultInputs = {
      parameters: { x: { var: { type: integerType }, required: true }, greeting: { var: { type: stringType }, default: text("bye") } },
    };
    expect(await kit.verdict("CreateLaunchPlan", other)).toBe(
      "INVALID_ARGUMENT wf launch plan with different structure already exists. (Please register a new version of the launch plan):\n" +
        "/defaultInputs/parameters/greeting/default/scalar/primitive/stringValue:\n\t- hello\n\t+ bye",
    );
  });

  const { MINUTE } = admin.FixedRateUnit;
  const parameter = (type: typeof integerType, rest: flyteidl.core.Parameter.$Properties) => ({ var: { type }, ...rest });
  test.for<[string, flyteidl.admin.LaunchPlanSpec.$Properties, string]>([
    [
      "an unknown default",
      { defaultInputs: { parameters: { foo: parameter(integerType, { required: true }) } } },
      "unexpected default_input foo",
    ],
    ["an unknown fixed input", { fixedInputs: { literals: { bar: integer(1) } } }, "unexpected fixed_input bar"],
    [
      "a default of another type",
      { defaultInputs: { parameters: { x: parameter(stringType, { required: true }) } } },
      "invalid default_input wrong type x, expected simple:INTEGER, got simple:STRING instead",
    ],
    [
      "a fixed input of another type",
      { fixedInputs: { literals: { x: text("3") } } },
      "invalid fixed_input wrong type x, expected simple:INTEGER, got simple:STRING instead",
    ],
    [
      "a parameter neither required nor defaulted",
      { defaultInputs: { parameters: { x: parameter(integerType, {}) } } },
      "Invalid variable x in default_inputs - variable has neither default, nor is required. One must be specified",
    ],
    [
      "a schedule and an open input",
      { entityMetadata: { schedule: { rate: { value: 1, unit: MINUTE } } } },
      "Cannot create a launch plan with a schedule if there is an unbound required input. [x] is required",
    ],
    [
      "a fixed rate of nothing and an open input",
      { entityMetadata: { schedule: { rate: { value: 0, unit: MINUTE } } } },
      "Cannot create a launch plan with a schedule if there is an unbound required input. [x] is required",
    ],
    [
      "a kickoff input that is fixed",
      { fixedInputs: { literals: { x: integer(1) } }, entityMetadata: { schedule: { rate: { value: 1 }, kickoffTimeInputArg: "x" } } },
      "Cannot create a schedule with a KickoffTimeInputArg that does not point to a free input. [x] is not free or does not exist.",
    ],
    [
      "a kickoff input that is no time",
      { entityMetadata: { schedule: { cronSchedule: { schedule: "@daily" }, kickoffTimeInputArg: "x" } } },
      "KickoffTimeInputArg must reference a datetime input. [x] is a [simple:INTEGER]",
    ],
    [
      "a cron expression of seven days",
      { fixedInputs: { literals: { x: integer(1) } }, entityMetadata: { schedule: { cronSchedule: { schedule: "0 0 * * 7" } } } },
      "Invalid cron expression: end of range (7) above maximum (6): 7",
    ],
    [
      "a cron expression of six fields, as another service writes it",
      { fixedInputs: { literals: { x: integer(1) } }, entityMetadata: { schedule: { cronExpression: "0 10 * * ? *" } } },
      "Invalid cron expression: expected exactly 5 fields, found 6: [0 10 * * ? *]",
    ],
    [
      "a rate of an unknown unit",
      { fixedInputs: { literals: { x: integer(1) } }, entityMetadata: { schedule: { rate: { value: 1, unit: 9 as never } } } },
      "Invalid rate: unsupported unit 9 for fixed rate scheduling",
    ],
    ["a notification to nobody", { entityMetadata: { notifications: [{ phases: [4], email: {} }] } }, "missing recipients"],
    [
      "a notification of a phase that is no end",
      { entityMetadata: { notifications: [{ phases: [2], email: { recipientsEmail: ["a@b.c"] } }] } },
      "invalid value for phase",
    ],
    ["a bad label", { labels: { values: { "a b": "c" } } }, "invalid label key [a b]: it must be a Kubernetes qualified name"],
  ])("with %s is refused", async ([, spec, message]) => {
    const kit = await openAdmin();
    await registerAll(kit);
    const request = { id: identifier("LAUNCH_PLAN", "bad"), spec: { ...spec, workflowId: identifier("WORKFLOW", "wf") } };
    if (spec.entityMetadata?.schedule) request.spec.fixedInputs = { literals: { ...spec.fixedInputs?.literals, greeting: text("x") } };
    expect(await kit.verdict("CreateLaunchPlan", request)).toBe(`INVALID_ARGUMENT ${message}`);
  });

  test("of no workflow is NOT_FOUND", async () => {
    const kit = await openAdmin();
    expect(await kit.verdict("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf"), spec: launchPlanSpec("wf") })).toBe(
      'NOT_FOUND missing entity of type WORKFLOW with identifier resource_type:WORKFLOW project:"flytesnacks" domain:"development" name:"wf" version:"v1"',
    );
  });

  test("is the only active version of its name", async () => {
    const kit = await openAdmin();
    await registerAll(kit, "v1");
    await registerAll(kit, "v2");
    expect(await kit.verdict("GetActiveLaunchPlan", { id: { ...scope, name: "wf" } })).toBe(
      "NOT_FOUND No active launch plan could be found: flytesnacks:development:wf",
    );
    const activeVersions = async () => {
      const { launchPlans } = await kit.call("ListActiveLaunchPlans", { ...scope, limit: 10 });
      return launchPlans?.map((plan) => plan.id?.version);
    };
    await kit.call("UpdateLaunchPlan", { id: { ...entity("wf", "v1") }, state: admin.LaunchPlanState.ACTIVE });
    expect(await activeVersions()).toEqual(["v1"]);
    kit.deps.clock.advance(5000);
    await kit.call("UpdateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf", "v2"), state: admin.LaunchPlanState.ACTIVE });
    expect(await activeVersions()).toEqual(["v2"]);
    const active = await kit.call("GetActiveLaunchPlan", { id: { ...scope, name: "wf" } });
    expect([active.id?.version, active.closure?.state, secondsOf(active.closure?.updatedAt)]).toEqual(["v2", 1, 5]);
    await kit.call("UpdateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf", "v2"), state: admin.LaunchPlanState.ACTIVE });
    expect(await activeVersions()).toEqual(["v2"]);
    await kit.call("UpdateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf", "v2"), state: admin.LaunchPlanState.INACTIVE });
    expect(await activeVersions()).toEqual([]);
  });

  test("that is not there is not activated", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    expect(await kit.verdict("UpdateLaunchPlan", { id: identifier("LAUNCH_PLAN", "nope"), state: 1 })).toMatch(
      /^NOT_FOUND missing entity of type LAUNCH_PLAN/,
    );
    expect(await kit.verdict("UpdateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf"), state: 7 as never })).toBe(
      "INVALID_ARGUMENT invalid value for state",
    );
  });
});

describe("lists", () => {
  test("go page by page, newest first unless told otherwise, and a full last page leads to an empty one", async () => {
    const kit = await openAdmin();
    for (const version of ["v1", "v2", "v3", "v4"]) {
      await kit.call("CreateTask", { id: identifier("TASK", "double", version), spec: { template: taskTemplate("double", version) } });
      kit.deps.clock.advance(1000);
    }
    const page = async (token: string, direction: number) => {
      const reply = await kit.call("ListTasks", {
        id: { ...scope, name: "double" },
        limit: 2,
        token,
        sortBy: { key: "created_at", direction },
      });
      return [reply.tasks?.map((task) => task.id?.version), reply.token];
    };
    expect(await page("", 0)).toEqual([["v4", "v3"], "2"]);
    expect(await page("2", 0)).toEqual([["v2", "v1"], "4"]);
    expect(await page("4", 0)).toEqual([[], ""]);
    expect(await page("3", 1)).toEqual([["v4"], ""]);
  });

  test("are filtered, and names come once", async () => {
    const kit = await openAdmin();
    await registerAll(kit, "v1");
    await registerAll(kit, "v2");
    const { tasks } = await kit.call("ListTasks", { id: { ...scope }, limit: 10, filters: "eq(version,v2)+contains(name,ou)" });
    expect(tasks?.map((task) => [task.id?.name, task.id?.version])).toEqual([["double", "v2"]]);
    const names = async (method: "ListTaskIds" | "ListWorkflowIds" | "ListLaunchPlanIds") =>
      (await kit.call(method, { ...scope, limit: 10 })).entities?.map((one) => one.name ?? "").toSorted((a, b) => a.localeCompare(b));
    expect(await names("ListTaskIds")).toEqual(["double", "inc"]);
    expect(await names("ListWorkflowIds")).toEqual(["wf"]);
    expect(await names("ListLaunchPlanIds")).toEqual(["wf"]);
    const plans = await kit.call("ListLaunchPlans", { id: { ...scope }, limit: 10, filters: "eq(workflow.name,wf)+eq(version,v1)" });
    expect(plans.launchPlans?.map((plan) => plan.id?.version)).toEqual(["v1"]);
  });

  test.for<[string, flyteidl.admin.ResourceListRequest.$Properties, string]>([
    ["no limit", { id: { ...scope } }, "invalid value for limit"],
    ["no id", { limit: 1 }, "missing id"],
    ["no project", { id: { domain: "development" }, limit: 1 }, "missing project"],
    ["no domain", { id: { project: "flytesnacks" }, limit: 1 }, "missing domain"],
    ["a bad token", { id: { ...scope }, limit: 1, token: "next" }, "invalid pagination token next"],
    ["an unknown sort key", { id: { ...scope }, limit: 1, sortBy: { key: "shoe_size" } }, "invalid sort key 'shoe_size'"],
    ["a filter on another entity", { id: { ...scope }, limit: 1, filters: "eq(project.name,p)" }, "'p' entity is not allowed in filters"],
  ])("with %s are refused", async ([, request, message]) => {
    const kit = await openAdmin();
    expect(await kit.verdict("ListTasks", request)).toBe(`INVALID_ARGUMENT ${message}`);
  });
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = left >>> 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

describe("a workflow that was acknowledged keeps its content", () => {
  const nodesOf = async (kit: AdminKit, name: string, version: string): Promise<(string | null | undefined)[]> => {
    const found = await kit.call("GetWorkflow", { id: identifier("WORKFLOW", name, version) });
    return (found.closure?.compiledWorkflow?.primary?.template?.nodes ?? []).flatMap(
      (node: WorkflowNode) => node.taskNode?.referenceId?.name ?? [],
    );
  };
  const request = (name: string, version: string, task: string) => ({
    id: identifier("WORKFLOW", name, version),
    spec: { template: workflowTemplate(name, [task], version) },
  });

  test("when another's name and version make the same path", async () => {
    const kit = await openAdmin();
    await kit.call("CreateTask", { id: identifier("TASK", "one", "b/c"), spec: { template: taskTemplate("one", "b/c") } });
    await kit.call("CreateTask", { id: identifier("TASK", "two", "c"), spec: { template: taskTemplate("two", "c") } });
    await kit.call("CreateWorkflow", request("a", "b/c", "one"));
    await kit.call("CreateWorkflow", request("a/b", "c", "two"));
    expect([await nodesOf(kit, "a", "b/c"), await nodesOf(kit, "a/b", "c")]).toEqual([["one"], ["two"]]);
  });

  test("when another is registered under the same id at the same time", async () => {
    const kit = await openAdmin();
    for (const name of ["one", "two"])
      await kit.call("CreateTask", { id: identifier("TASK", name), spec: { template: taskTemplate(name) } });
    const outcomes = await Promise.all(["one", "two"].map((task) => kit.verdict("CreateWorkflow", request("wf", "v1", task))));
    const winner = outcomes.indexOf("accepted");
    expect(outcomes.filter((outcome) => outcome === "accepted").length).toBe(1);
    expect(outcomes[1 - winner]).toMatch(/^INVALID_ARGUMENT wf workflow with different structure already exists/);
    expect(await nodesOf(kit, "wf", "v1")).toEqual([["one", "two"][winner]]);
  });
});
