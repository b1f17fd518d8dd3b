import { onTestFinished } from "vitest";
import { createAdminService } from "../../../src/engine/admin/admin-service.ts";
import type { AdminDeps } from "../../../src/engine/admin/admin-deps.ts";
import { createDataProxyService } from "../../../src/engine/admin/data-proxy-service.ts";
import { createSignalService } from "../../../src/engine/admin/signal-service.ts";
import { createWatchService } from "../../../src/engine/admin/watch-service.ts";
import { registerConfiguredProjects } from "../../../src/engine/admin/projects/register-project.ts";
import { KnownRows } from "../../../src/engine/events/known-rows.ts";
import { createWatchHub } from "../../../src/engine/events/watch-hub.ts";
import type { CallContext, ServiceHandlers } from "../../../src/engine/service.ts";
import { sandboxSettings } from "../../../src/engine/settings.ts";
import type { EngineSettings } from "../../../src/engine/settings.ts";
import { flyte, flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { ManualClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";
import type { ResourceManager } from "../../../src/ports/resource-manager.ts";
import type { JoinedStore } from "../../../src/ports/joined-store.ts";
import { openStores } from "../../../src/stores/sql/open-stores.ts";
import { MemoryBlobStore } from "../../support/memory-blob-store.ts";

const { admin, service } = flyteidl;

/** Request and reply of each method the tests call. */
const methods = {
  CreateTask: [admin.TaskCreateRequest, admin.TaskCreateResponse],
  GetTask: [admin.ObjectGetRequest, admin.Task],
  ListTasks: [admin.ResourceListRequest, admin.TaskList],
  ListTaskIds: [admin.NamedEntityIdentifierListRequest, admin.NamedEntityIdentifierList],
  CreateWorkflow: [admin.WorkflowCreateRequest, admin.WorkflowCreateResponse],
  GetWorkflow: [admin.ObjectGetRequest, admin.Workflow],
  ListWorkflows: [admin.ResourceListRequest, admin.WorkflowList],
  ListWorkflowIds: [admin.NamedEntityIdentifierListRequest, admin.NamedEntityIdentifierList],
  CreateLaunchPlan: [admin.LaunchPlanCreateRequest, admin.LaunchPlanCreateResponse],
  GetLaunchPlan: [admin.ObjectGetRequest, admin.LaunchPlan],
  ListLaunchPlans: [admin.ResourceListRequest, admin.LaunchPlanList],
  ListLaunchPlanIds: [admin.NamedEntityIdentifierListRequest, admin.NamedEntityIdentifierList],
  UpdateLaunchPlan: [admin.LaunchPlanUpdateRequest, admin.LaunchPlanUpdateResponse],
  GetActiveLaunchPlan: [admin.ActiveLaunchPlanRequest, admin.LaunchPlan],
  ListActiveLaunchPlans: [admin.ActiveLaunchPlanListRequest, admin.LaunchPlanList],
  CreateExecution: [admin.ExecutionCreateRequest, admin.ExecutionCreateResponse],
  RelaunchExecution: [admin.ExecutionRelaunchRequest, admin.ExecutionCreateResponse],
  RecoverExecution: [admin.ExecutionRecoverRequest, admin.ExecutionCreateResponse],
  GetExecution: [admin.WorkflowExecutionGetRequest, admin.Execution],
  ListExecutions: [admin.ResourceListRequest, admin.ExecutionList],
  GetExecutionData: [admin.WorkflowExecutionGetDataRequest, admin.WorkflowExecutionGetDataResponse],
  TerminateExecution: [admin.ExecutionTerminateRequest, admin.ExecutionTerminateResponse],
  UpdateExecution: [admin.ExecutionUpdateRequest, admin.ExecutionUpdateResponse],
  ListNodeExecutions: [admin.NodeExecutionListRequest, admin.NodeExecutionList],
  ListNodeExecutionsForTask: [admin.NodeExecutionForTaskListRequest, admin.NodeExecutionList],
  GetNodeExecution: [admin.NodeExecutionGetRequest, admin.NodeExecution],
  GetNodeExecutionData: [admin.NodeExecutionGetDataRequest, admin.NodeExecutionGetDataResponse],
  GetDynamicNodeWorkflow: [admin.GetDynamicNodeWorkflowRequest, admin.DynamicNodeWorkflowResponse],
  ListTaskExecutions: [admin.TaskExecutionListRequest, admin.TaskExecutionList],
  GetTaskExecution: [admin.TaskExecutionGetRequest, admin.TaskExecution],
  GetTaskExecutionData: [admin.TaskExecutionGetDataRequest, admin.TaskExecutionGetDataResponse],
  CreateWorkflowEvent: [admin.WorkflowExecutionEventRequest, admin.WorkflowExecutionEventResponse],
  CreateNodeEvent: [admin.NodeExecutionEventRequest, admin.NodeExecutionEventResponse],
  CreateTaskEvent: [admin.TaskExecutionEventRequest, admin.TaskExecutionEventResponse],
  GetOrCreateSignal: [admin.SignalGetOrCreateRequest, admin.Signal],
  ListSignals: [admin.SignalListRequest, admin.SignalList],
  SetSignal: [admin.SignalSetRequest, admin.SignalSetResponse],
  GetVersion: [admin.GetVersionRequest, admin.GetVersionResponse],
  RegisterProject: [admin.ProjectRegisterRequest, admin.ProjectRegisterResponse],
  UpdateProject: [admin.Project, admin.ProjectUpdateResponse],
  ListProjects: [admin.ProjectListRequest, admin.Projects],
  GetProject: [admin.ProjectGetRequest, admin.Project],
  GetDomains: [admin.GetDomainRequest, admin.GetDomainsResponse],
  GetDescriptionEntity: [admin.ObjectGetRequest, admin.DescriptionEntity],
  ListDescriptionEntities: [admin.DescriptionEntityListRequest, admin.DescriptionEntityList],
  GetNamedEntity: [admin.NamedEntityGetRequest, admin.NamedEntity],
  UpdateNamedEntity: [admin.NamedEntityUpdateRequest, admin.NamedEntityUpdateResponse],
  ListNamedEntities: [admin.NamedEntityListRequest, admin.NamedEntityList],
  UpdateProjectAttributes: [admin.ProjectAttributesUpdateRequest, admin.ProjectAttributesUpdateResponse],
  GetProjectAttributes: [admin.ProjectAttributesGetRequest, admin.ProjectAttributesGetResponse],
  DeleteProjectAttributes: [admin.ProjectAttributesDeleteRequest, admin.ProjectAttributesDeleteResponse],
  UpdateProjectDomainAttributes: [admin.ProjectDomainAttributesUpdateRequest, admin.ProjectDomainAttributesUpdateResponse],
  GetProjectDomainAttributes: [admin.ProjectDomainAttributesGetRequest, admin.ProjectDomainAttributesGetResponse],
  DeleteProjectDomainAttributes: [admin.ProjectDomainAttributesDeleteRequest, admin.ProjectDomainAttributesDeleteResponse],
  UpdateWorkflowAttributes: [admin.WorkflowAttributesUpdateRequest, admin.WorkflowAttributesUpdateResponse],
  GetWorkflowAttributes: [admin.WorkflowAttributesGetRequest, admin.WorkflowAttributesGetResponse],
  DeleteWorkflowAttributes: [admin.WorkflowAttributesDeleteRequest, admin.WorkflowAttributesDeleteResponse],
  ListMatchableAttributes: [admin.ListMatchableAttributesRequest, admin.ListMatchableAttributesResponse],
  GetExecutionMetrics: [admin.WorkflowExecutionGetMetricsRequest, admin.WorkflowExecutionGetMetricsResponse],
  CreateUploadLocation: [service.CreateUploadLocationRequest, service.CreateUploadLocationResponse],
  CreateDownloadLocation: [service.CreateDownloadLocationRequest, service.CreateDownloadLocationResponse],
  CreateDownloadLink: [service.CreateDownloadLinkRequest, service.CreateDownloadLinkResponse],
  GetData: [service.GetDataRequest, service.GetDataResponse],
} as const;

export type Method = keyof typeof methods;
type RequestOf<M extends Method> = Parameters<(typeof methods)[M][0]["encode"]>[0];
type ReplyOf<M extends Method> = ReturnType<(typeof methods)[M][1]["decode"]>;

export interface AdminKit {
  readonly deps: AdminDeps & {
    readonly clock: ManualClock;
    readonly blobs: MemoryBlobStore;
    readonly joined: JoinedStore;
    readonly resources: ResourceManager;
  };
  readonly warnings: string[];
  call<M extends Method>(method: M, request: RequestOf<M>): Promise<ReplyOf<M>>;
  /** The same with the request's and the reply's bytes. */
  callBytes(method: Method, request: Uint8Array): Promise<Uint8Array>;
  /** `STATUS text`, or `accepted`. */
  verdict<M extends Method>(method: M, request: RequestOf<M>): Promise<string>;
  refusal<M extends Method>(method: M, request: RequestOf<M>): Promise<StatusError>;
  watch(
    request: flyte.watch.v1.WatchExecutionRequest.$Properties,
    signal?: AbortSignal,
  ): AsyncIterable<flyte.watch.v1.WatchEvent.$Properties>;
}

export const startOfTime = Date.UTC(2024, 1, 29, 12, 0, 0);

/** Admin over an empty database in memory, at noon of 29 February 2024; closed when the test ends. */
export async function openAdmin(settings: Partial<EngineSettings> = {}, overrides: Partial<AdminDeps> = {}): Promise<AdminKit> {
  const stores = await openStores({ path: ":memory:", clock: new ManualClock(startOfTime) });
  onTestFinished(() => stores.close());
  const clock = new ManualClock(startOfTime);
  const warnings: string[] = [];
  const deps = {
    state: stores.state,
    workflows: stores.workflows,
    resources: stores.resources,
    joined: stores.joined,
    random: seededRandom(7),
    settings: { ...sandboxSettings, reevaluationInterval: 0, ...settings },
    version: "1.2.3",
    watchHub: createWatchHub(),
    knownRows: new KnownRows(),
    logger: { warn: (message: string) => void warnings.push(message) },
    ...overrides,
    clock,
    blobs: new MemoryBlobStore(() => clock.now()),
  };
  await registerConfiguredProjects(deps);
  const services: ServiceHandlers[] = [createAdminService(deps), createSignalService(deps), createDataProxyService(deps)];
  const context = (method: string, requestBytes: Uint8Array, signal = new AbortController().signal): CallContext => ({
    principal: { subject: "anonymous", anonymous: true },
    method,
    requestBytes,
    requestId: "r1",
    signal,
  });
  const callBytes = async (method: Method, request: Uint8Array): Promise<Uint8Array> => {
    const handler = services.map((one) => one.unary[method]).find((one) => one !== undefined);
    if (handler === undefined) throw new StatusError("UNIMPLEMENTED", method);
    return await handler(methods[method][0].decode(request) as never, context(method, request));
  };
  const call: AdminKit["call"] = async (method, request) => {
    const [requestType, replyType] = methods[method];
    const reply = await callBytes(method, requestType.encode(request as never).finish());
    return replyType.decode(reply) as never;
  };
  const refusal: AdminKit["refusal"] = async (method, request) => {
    const outcome = await call(method, request).catch((thrown: unknown) => thrown);
    if (outcome instanceof StatusError) return outcome;
    throw outcome instanceof Error ? outcome : new Error(`${method} was accepted`);
  };
  return {
    deps,
    warnings,
    call,
    callBytes,
    refusal,
    async verdict(method, request) {
      const outcome = await call(method, request).catch((thrown: unknown) => thrown);
      if (outcome instanceof StatusError) return `${outcome.status} ${outcome.message}`;
      if (outcome instanceof Error) throw outcome;
      return "accepted";
    },
    async *watch(request, signal) {
      const bytes = flyte.watch.v1.WatchExecutionRequest.encode(request).finish();
      const stream = createWatchService(deps).streams?.["WatchExecution"];
      for await (const one of stream?.(
        flyte.watch.v1.WatchExecutionRequest.decode(bytes) as never,
        context("WatchExecution", bytes, signal),
      ) ?? []) {
        yield flyte.watch.v1.WatchEvent.decode(one);
      }
    },
  };
}
