import type protobuf from "protobufjs/minimal.js";
import { datacatalog, flyte, flyteidl } from "../idl/flyteidl.ts";
import type { CallOptions, FlyteClient } from "./connect.ts";

interface Codec<In, Out> {
  encode(message: In, writer?: protobuf.Writer): protobuf.Writer;
  decode(reader: protobuf.Reader | Uint8Array): Out;
}

const admin = "flyteidl.service.AdminService";
const dataProxy = "flyteidl.service.DataProxyService";
const catalog = "datacatalog.DataCatalog";
const cache = "flyteidl.cacheservice.CacheService";

/** The typed calls of a Flyte deployment: one function an RPC, under the RPC's name. Errors as FlyteClient.unary. */
export type AdminClient = ReturnType<typeof adminClient>;

/** See AdminClient. Messages that hold stored ones keep fields this version does not know. */
export function adminClient(client: FlyteClient) {
  const call =
    <Request, Reply>(service: string, method: string, request: Codec<Request, unknown>, reply: Codec<never, Reply>) =>
    async (message: Request, options?: CallOptions): Promise<Reply> =>
      reply.decode(await client.unary(service, method, request.encode(message).finish(), options));
  const a = flyteidl.admin;
  const s = flyteidl.service;
  const c = flyteidl.cacheservice;
  const watchEvent = flyte.watch.v1.WatchEvent;
  const watchRequest = flyte.watch.v1.WatchExecutionRequest;

  return {
    client,
    getVersion: call(admin, "GetVersion", a.GetVersionRequest, a.GetVersionResponse),
    listProjects: call(admin, "ListProjects", a.ProjectListRequest, a.Projects),
    registerProject: call(admin, "RegisterProject", a.ProjectRegisterRequest, a.ProjectRegisterResponse),

    createTask: call(admin, "CreateTask", a.TaskCreateRequest, a.TaskCreateResponse),
    getTask: call(admin, "GetTask", a.ObjectGetRequest, a.Task),
    listTasks: call(admin, "ListTasks", a.ResourceListRequest, a.TaskList),
    listTaskIds: call(admin, "ListTaskIds", a.NamedEntityIdentifierListRequest, a.NamedEntityIdentifierList),
    createWorkflow: call(admin, "CreateWorkflow", a.WorkflowCreateRequest, a.WorkflowCreateResponse),
    getWorkflow: call(admin, "GetWorkflow", a.ObjectGetRequest, a.Workflow),
    listWorkflows: call(admin, "ListWorkflows", a.ResourceListRequest, a.WorkflowList),
    listWorkflowIds: call(admin, "ListWorkflowIds", a.NamedEntityIdentifierListRequest, a.NamedEntityIdentifierList),
    createLaunchPlan: call(admin, "CreateLaunchPlan", a.LaunchPlanCreateRequest, a.LaunchPlanCreateResponse),
    getLaunchPlan: call(admin, "GetLaunchPlan", a.ObjectGetRequest, a.LaunchPlan),
    getActiveLaunchPlan: call(admin, "GetActiveLaunchPlan", a.ActiveLaunchPlanRequest, a.LaunchPlan),
    updateLaunchPlan: call(admin, "UpdateLaunchPlan", a.LaunchPlanUpdateRequest, a.LaunchPlanUpdateResponse),
    listLaunchPlans: call(admin, "ListLaunchPlans", a.ResourceListRequest, a.LaunchPlanList),
    listActiveLaunchPlans: call(admin, "ListActiveLaunchPlans", a.ActiveLaunchPlanListRequest, a.LaunchPlanList),
    listLaunchPlanIds: call(admin, "ListLaunchPlanIds", a.NamedEntityIdentifierListRequest, a.NamedEntityIdentifierList),

    createExecution: call(admin, "CreateExecution", a.ExecutionCreateRequest, a.ExecutionCreateResponse),
    relaunchExecution: call(admin, "RelaunchExecution", a.ExecutionRelaunchRequest, a.ExecutionCreateResponse),
    recoverExecution: call(admin, "RecoverExecution", a.ExecutionRecoverRequest, a.ExecutionCreateResponse),
    getExecution: call(admin, "GetExecution", a.WorkflowExecutionGetRequest, a.Execution),
    listExecutions: call(admin, "ListExecutions", a.ResourceListRequest, a.ExecutionList),
    getExecutionData: call(admin, "GetExecutionData", a.WorkflowExecutionGetDataRequest, a.WorkflowExecutionGetDataResponse),
    terminateExecution: call(admin, "TerminateExecution", a.ExecutionTerminateRequest, a.ExecutionTerminateResponse),
    listNodeExecutions: call(admin, "ListNodeExecutions", a.NodeExecutionListRequest, a.NodeExecutionList),
    getNodeExecution: call(admin, "GetNodeExecution", a.NodeExecutionGetRequest, a.NodeExecution),
    getNodeExecutionData: call(admin, "GetNodeExecutionData", a.NodeExecutionGetDataRequest, a.NodeExecutionGetDataResponse),
    listTaskExecutions: call(admin, "ListTaskExecutions", a.TaskExecutionListRequest, a.TaskExecutionList),
    getTaskExecution: call(admin, "GetTaskExecution", a.TaskExecutionGetRequest, a.TaskExecution),
    getTaskExecutionData: call(admin, "GetTaskExecutionData", a.TaskExecutionGetDataRequest, a.TaskExecutionGetDataResponse),

    createUploadLocation: call(dataProxy, "CreateUploadLocation", s.CreateUploadLocationRequest, s.CreateUploadLocationResponse),
    createDownloadLocation: call(dataProxy, "CreateDownloadLocation", s.CreateDownloadLocationRequest, s.CreateDownloadLocationResponse),
    createDownloadLink: call(dataProxy, "CreateDownloadLink", s.CreateDownloadLinkRequest, s.CreateDownloadLinkResponse),
    getData: call(dataProxy, "GetData", s.GetDataRequest, s.GetDataResponse),

    listDatasets: call(catalog, "ListDatasets", datacatalog.ListDatasetsRequest, datacatalog.ListDatasetsResponse),
    getDataset: call(catalog, "GetDataset", datacatalog.GetDatasetRequest, datacatalog.GetDatasetResponse),
    listArtifacts: call(catalog, "ListArtifacts", datacatalog.ListArtifactsRequest, datacatalog.ListArtifactsResponse),
    getArtifact: call(catalog, "GetArtifact", datacatalog.GetArtifactRequest, datacatalog.GetArtifactResponse),
    deleteCache: call(cache, "Delete", c.DeleteCacheRequest, c.DeleteCacheResponse),

    /** The events after `resumeAfter`, then each new one; ends when the execution has. UNIMPLEMENTED at deployments that are not ours. */
    async *watchExecution(
      request: flyte.watch.v1.WatchExecutionRequest.$Properties,
      options?: CallOptions,
    ): AsyncGenerator<ReturnType<typeof watchEvent.decode>, void, undefined> {
      const events = client.serverStream("flyte.watch.v1.WatchService", "WatchExecution", watchRequest.encode(request).finish(), options);
      for await (const event of events) yield watchEvent.decode(event);
    },
  };
}
