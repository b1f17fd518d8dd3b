import type { EntityId, WorkflowExecutionId } from "../../src/idl/identifiers.ts";
import type {
  ArtifactRow,
  DatasetRow,
  DescriptionRow,
  ExecutionRow,
  LaunchPlanRow,
  New,
  NodeExecutionRow,
  ProjectRow,
  SignalRow,
  TaskExecutionRow,
  TaskRow,
  WorkflowRow,
} from "../../src/ports/state-store.ts";

// Rows for tests, valid as they are; a test names what it is about.

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Second `n` of a fixed day, as timestamp columns hold it. */
export const at = (n: number): string =>
  `2024-03-01T00:${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}.000001Z`;

export const entity = (over: Partial<EntityId> = {}): EntityId => ({ project: "p", domain: "d", name: "n", version: "v1", ...over });

export const execution = (name = "e", over: Partial<WorkflowExecutionId> = {}): WorkflowExecutionId => ({
  project: "p",
  domain: "d",
  name,
  ...over,
});

export const project = (over: Partial<ProjectRow> = {}): ProjectRow => ({
  identifier: "p",
  name: "Project",
  description: "of tests",
  labels: bytes(1, 0, 255),
  state: 0,
  ...over,
});

export const task = (over: Partial<New<TaskRow>> = {}): New<TaskRow> => ({
  ...entity(),
  createdAt: at(0),
  type: "python-task",
  digest: bytes(1, 2, 3),
  closure: bytes(0, 255),
  shortDescription: "short",
  ...over,
});

export const description = (over: Partial<New<DescriptionRow>> = {}): New<DescriptionRow> => ({
  ...entity(),
  resourceType: 1,
  shortDescription: "short",
  description: bytes(1, 0, 255),
  createdAt: at(0),
  ...over,
});

export const signal = (over: Partial<New<SignalRow>> = {}): New<SignalRow> => ({
  execution: execution(),
  signalId: "go",
  type: bytes(6),
  value: null,
  createdAt: at(1),
  updatedAt: at(2),
  ...over,
});

export const workflow = (over: Partial<New<WorkflowRow>> = {}): New<WorkflowRow> => ({
  ...entity(),
  createdAt: at(0),
  digest: bytes(4),
  typedInterface: bytes(),
  remoteClosureIdentifier: "s3://b/k",
  shortDescription: "",
  ...over,
});

export const launchPlan = (over: Partial<New<LaunchPlanRow>> = {}): New<LaunchPlanRow> => ({
  ...entity(),
  createdAt: at(0),
  updatedAt: at(0),
  digest: bytes(5),
  spec: bytes(6),
  closure: bytes(7),
  workflowKey: 1,
  state: 0,
  scheduleType: "NONE",
  ...over,
});

export const executionRow = (over: Partial<New<ExecutionRow>> = {}): New<ExecutionRow> => ({
  id: execution(),
  launchPlanKey: null,
  workflowKey: null,
  taskKey: null,
  phase: "QUEUED",
  spec: bytes(1),
  closure: bytes(2),
  createdAt: at(1),
  updatedAt: at(2),
  startedAt: null,
  duration: null,
  abortCause: "",
  mode: 0,
  sourceExecutionKey: null,
  parentNodeExecutionKey: null,
  cluster: "",
  inputsUri: "s3://b/in",
  userInputsUri: "s3://b/user",
  errorKind: null,
  errorCode: null,
  user: "someone",
  state: 0,
  launchEntity: "launch_plan",
  lastSequence: 0,
  ...over,
});

export const nodeRow = (over: Partial<New<NodeExecutionRow>> = {}): New<NodeExecutionRow> => ({
  id: { execution: execution(), nodeId: "n0" },
  phase: "QUEUED",
  inputUri: "s3://b/n0",
  closure: bytes(3),
  metadata: bytes(4),
  createdAt: at(1),
  updatedAt: at(2),
  startedAt: null,
  duration: null,
  parentKey: null,
  parentTaskExecutionKey: null,
  errorKind: null,
  errorCode: null,
  cacheStatus: null,
  dynamicWorkflowClosureUri: "",
  ...over,
});

export const taskExecutionRow = (over: Partial<New<TaskExecutionRow>> = {}): New<TaskExecutionRow> => ({
  id: { task: entity(), node: { execution: execution(), nodeId: "n0" }, retryAttempt: 0 },
  phase: "RUNNING",
  phaseVersion: 0,
  inputUri: "s3://b/t",
  closure: bytes(5),
  createdAt: at(1),
  updatedAt: at(2),
  startedAt: null,
  duration: null,
  cpuSeconds: null,
  peakMemoryBytes: null,
  ...over,
});

export const dataset = (over: Partial<New<DatasetRow>> = {}): New<DatasetRow> => ({
  id: entity(),
  uuid: "u-1",
  metadata: bytes(9),
  partitionKeys: ["day", "region"],
  createdAt: at(1),
  ...over,
});

export const artifact = (datasetKey: number, over: Partial<New<ArtifactRow>> = {}): New<ArtifactRow> => ({
  datasetKey,
  artifactId: "a-1",
  metadata: bytes(8),
  data: [
    { name: "z", uri: "s3://b/z" },
    { name: "a", uri: "s3://b/a" },
  ],
  partitions: { day: "1", region: "eu" },
  createdAt: at(1),
  ...over,
});
