import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { JsonValue } from "../../../src/idl/json/json-value.ts";

type Fields = { readonly [key: string]: JsonValue };
/** What is wrong with a reply, for the client that asked; empty when nothing is. */
type Shape = (reply: never, request: Fields) => readonly string[];

const named = (what: Readonly<Record<string, unknown>>): string[] => Object.keys(what).filter((name) => !what[name]);
const text = (value: unknown): string => JSON.stringify(value) ?? "";
const core = (value: unknown): Fields => (value ?? {}) as Fields;

/** An identifier in a reply says the same as the one that was asked for. */
const isId = (id: object | null | undefined, asked: JsonValue | undefined): boolean =>
  id != null && ["project", "domain", "name", "version"].every((part) => (core(id)[part] ?? "") === (core(asked)[part] ?? ""));
/** Every item is of the project, domain and, where one was asked for, name. */
const areWithin = (items: readonly { readonly id?: object | null }[] | null | undefined, asked: JsonValue | undefined): boolean =>
  items != null &&
  items.every(({ id }) => ["project", "domain", "name"].every((part) => !core(asked)[part] || core(id)[part] === core(asked)[part]));
const nothing: Shape = () => [];

type Closure = { readonly createdAt?: unknown; readonly updatedAt?: unknown; readonly phase?: number | null };
const timed = (closure: Closure | null | undefined) => ({ created: closure?.createdAt, updated: closure?.updatedAt });

/** What the clients read of each method's reply: flytekit's models and flytectl's printers. */
export const replyShapes: Readonly<Record<string, Shape>> = {
  "AdminService/CreateTask": nothing,
  "AdminService/CreateWorkflow": nothing,
  "AdminService/CreateLaunchPlan": nothing,
  "AdminService/UpdateLaunchPlan": nothing,
  "AdminService/UpdateNamedEntity": nothing,
  "AdminService/UpdateExecution": nothing,
  "AdminService/UpdateProject": nothing,
  "AdminService/RegisterProject": nothing,
  "AdminService/TerminateExecution": nothing,
  "AdminService/UpdateProjectDomainAttributes": nothing,
  "AdminService/DeleteProjectDomainAttributes": nothing,
  "AdminService/UpdateWorkflowAttributes": nothing,
  "AdminService/DeleteWorkflowAttributes": nothing,
  "SignalService/SetSignal": nothing,
  "AdminService/GetVersion": (reply: flyteidl.admin.GetVersionResponse) => named({ version: reply.controlPlaneVersion?.Version }),
  "AdminService/GetDomains": (reply: flyteidl.admin.GetDomainsResponse) =>
    named({ domains: text(reply.domains?.map(({ id }) => id)) === '["development","staging","production"]' }),
  "AdminService/ListProjects": (reply: flyteidl.admin.Projects) =>
    named({ flytesnacks: reply.projects?.some(({ id, name, domains }) => id === "flytesnacks" && name && domains?.length === 3) }),
  "AdminService/GetTask": (reply: flyteidl.admin.Task, request) => {
    const template = reply.closure?.compiledTask?.template;
    return named({
      id: isId(reply.id, request["id"]),
      template: isId(template?.id, request["id"]),
      interface: template?.interface,
      type: template?.type,
    });
  },
  "AdminService/ListTasks": (reply: flyteidl.admin.TaskList, request) =>
    named({
      tasks: areWithin(reply.tasks, request["id"]),
      found: core(request["id"])["name"] === "nope" ? reply.tasks?.length === 0 : (reply.tasks?.length ?? 0) > 0,
      templates: reply.tasks?.every(({ closure }) => closure?.compiledTask?.template?.interface != null && closure.createdAt != null),
    }),
  "AdminService/GetWorkflow": (reply: flyteidl.admin.Workflow, request) => {
    const primary = reply.closure?.compiledWorkflow?.primary;
    return named({
      id: isId(reply.id, request["id"]),
      nodes: primary?.template?.nodes?.length,
      connections: Object.keys(primary?.connections?.upstream ?? {}).length > 0,
      tasks: reply.closure?.compiledWorkflow?.tasks != null,
      interface: primary?.template?.interface,
    });
  },
  "AdminService/ListWorkflows": (reply: flyteidl.admin.WorkflowList, request) =>
    named({
      workflows: areWithin(reply.workflows, request["id"]),
      found: reply.workflows?.length,
      created: reply.workflows?.every(({ closure }) => closure?.createdAt != null),
      interface: reply.workflows?.every(({ closure }) => closure?.compiledWorkflow?.primary?.template?.interface != null),
    }),
  "AdminService/GetLaunchPlan": (reply: flyteidl.admin.LaunchPlan, request) => launchPlanShape(reply, request["id"]),
  "AdminService/GetActiveLaunchPlan": (reply: flyteidl.admin.LaunchPlan, request) => [
    ...launchPlanShape(reply, { ...core(request["id"]), version: reply.id?.version ?? "" }),
    ...named({ active: reply.closure?.state === flyteidl.admin.LaunchPlanState.ACTIVE }),
  ],
  "AdminService/ListLaunchPlans": (reply: flyteidl.admin.LaunchPlanList, request) =>
    named({
      launchPlans: areWithin(reply.launchPlans, request["id"]),
      found: reply.launchPlans?.length,
      workflows: !request["filters"] || reply.launchPlans?.every(({ spec }) => spec?.workflowId?.name === "wsp.graph.chain"),
      closures: reply.launchPlans?.every(({ closure }) => closure?.expectedInputs != null && closure.createdAt != null),
    }),
  "AdminService/GetNamedEntity": (reply: flyteidl.admin.NamedEntity, request) => {
    const type = flyteidl.core.ResourceType[reply.resourceType ?? 0];
    return named({ id: isId(reply.id, request["id"]), metadata: reply.metadata, type: type === request["resourceType"] });
  },
  "AdminService/ListNamedEntities": (reply: flyteidl.admin.NamedEntityList) =>
    named({ entities: reply.entities?.length, metadata: reply.entities?.every(({ id, metadata }) => id?.name && metadata != null) }),
  "AdminService/CreateExecution": (reply: flyteidl.admin.ExecutionCreateResponse, request) =>
    named({
      name: reply.id?.name && (!request["name"] || reply.id.name === request["name"]),
      project: reply.id?.project === "flytesnacks",
    }),
  "AdminService/RecoverExecution": (reply: flyteidl.admin.ExecutionCreateResponse, request) =>
    named({ name: reply.id?.name && reply.id.name !== core(request["id"])["name"] }),
  "AdminService/RelaunchExecution": (reply: flyteidl.admin.ExecutionCreateResponse, request) =>
    named({ name: reply.id?.name && reply.id.name !== core(request["id"])["name"] }),
  "AdminService/GetExecution": (reply: flyteidl.admin.Execution, request) =>
    named({
      id: isId(reply.id, request["id"]),
      ...timed(reply.closure),
      workflow: reply.closure?.workflowId?.name,
      launchPlan: reply.spec?.launchPlan?.name,
      metadata: reply.spec?.metadata,
      // What has ended says how: clients stop asking at it.
      end: reply.closure?.phase !== flyteidl.core.WorkflowExecution.Phase.SUCCEEDED || (reply.closure.duration && reply.closure.outputs),
    }),
  "AdminService/ListExecutions": (reply: flyteidl.admin.ExecutionList, request) =>
    named({ executions: areWithin(reply.executions, request["id"]), found: reply.executions?.length }),
  "AdminService/GetExecutionData": (reply: flyteidl.admin.WorkflowExecutionGetDataResponse) =>
    named({ inputs: reply.inputs, outputs: reply.outputs, fullInputs: reply.fullInputs, fullOutputs: reply.fullOutputs }),
  "AdminService/ListNodeExecutions": (reply: flyteidl.admin.NodeExecutionList) =>
    named({
      start: reply.nodeExecutions?.some(({ id }) => id?.nodeId === "start-node"),
      others: (reply.nodeExecutions?.length ?? 0) > 1,
      closures: reply.nodeExecutions?.every(({ closure, metadata }) => closure?.createdAt != null && metadata?.specNodeId),
    }),
  "AdminService/GetNodeExecutionData": (reply: flyteidl.admin.NodeExecutionGetDataResponse) =>
    named({ inputs: integerOf(reply.fullInputs) === 1, outputs: integerOf(reply.fullOutputs) === 1, urls: reply.flyteUrls?.inputs }),
  "AdminService/ListTaskExecutions": (reply: flyteidl.admin.TaskExecutionList) =>
    named({
      list: reply.taskExecutions != null,
      closures: reply.taskExecutions?.every(({ id, closure }) => id?.taskId?.name && closure?.createdAt),
    }),
  "AdminService/GetTaskExecution": (reply: flyteidl.admin.TaskExecution, request) =>
    named({ id: isId(reply.id?.taskId, core(request["id"])["taskId"]), ...timed(reply.closure), phase: reply.closure?.phase }),
  "AdminService/GetTaskExecutionData": (reply: flyteidl.admin.TaskExecutionGetDataResponse) =>
    named({ inputs: integerOf(reply.fullInputs) === 1, outputs: integerOf(reply.fullOutputs) === 1 }),
  "AdminService/GetExecutionMetrics": (reply: flyteidl.admin.WorkflowExecutionGetMetricsResponse, request) =>
    named({
      of: isId(reply.span?.workflowId, request["id"]),
      nodes: reply.span?.spans?.some(({ nodeId }) => nodeId?.nodeId === "n0"),
      setup: reply.span?.spans?.some(({ operationId }) => operationId === "WORKFLOW_SETUP"),
    }),
  "DataProxyService/CreateUploadLocation": (reply: flyteidl.service.CreateUploadLocationResponse, request) =>
    named({
      signed: reply.signedUrl,
      native: reply.nativeUrl?.startsWith("s3://") && reply.nativeUrl.endsWith(`/${String(request["filename"])}`),
      expires: reply.expiresAt,
    }),
  "DataProxyService/GetData": (reply: flyteidl.service.GetDataResponse) => named({ data: integerOf(reply.literalMap) === 1 }),
  "SignalService/ListSignals": (reply: flyteidl.admin.SignalList) =>
    named({
      signals: text(reply.signals?.map(({ id }) => id?.signalId)) === '["user-y","ok"]',
      types: reply.signals?.every(({ type }) => type),
    }),
};

function launchPlanShape({ id, spec, closure }: flyteidl.admin.LaunchPlan, asked: JsonValue | undefined): readonly string[] {
  return named({
    id: isId(id, asked),
    workflow: spec?.workflowId?.name,
    inputs: closure?.expectedInputs,
    outputs: closure?.expectedOutputs,
  });
}

const integerOf = (map: flyteidl.core.LiteralMap.$Properties | null | undefined): number =>
  Number(map?.literals?.["o0"]?.scalar?.primitive?.integer ?? Number.NaN);
