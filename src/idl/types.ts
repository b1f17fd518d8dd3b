import type { flyteidl, google } from "./gen/flyteidl.js";

// Short names of the messages the engine speaks of most. Read them with `!= null`: an unset message or oneof member is
// null or absent. Never spread one that is encoded again: `$unknowns` is lost.
export type Identifier = flyteidl.core.Identifier.$Properties;
export type Literal = flyteidl.core.Literal.$Properties;
export type LiteralMap = flyteidl.core.LiteralMap.$Properties;
export type LiteralType = flyteidl.core.LiteralType.$Properties;
export type Scalar = flyteidl.core.Scalar.$Properties;
export type Binding = flyteidl.core.Binding.$Properties;
export type BindingData = flyteidl.core.BindingData.$Properties;
export type TypedInterface = flyteidl.core.TypedInterface.$Properties;
export type VariableMap = flyteidl.core.VariableMap.$Properties;
export type ParameterMap = flyteidl.core.ParameterMap.$Properties;
export type TaskTemplate = flyteidl.core.TaskTemplate.$Properties;
export type WorkflowTemplate = flyteidl.core.WorkflowTemplate.$Properties;
export type WorkflowNode = flyteidl.core.Node.$Properties;
export type CompiledTask = flyteidl.core.CompiledTask.$Properties;
export type CompiledWorkflow = flyteidl.core.CompiledWorkflow.$Properties;
export type CompiledWorkflowClosure = flyteidl.core.CompiledWorkflowClosure.$Properties;
export type ExecutionError = flyteidl.core.ExecutionError.$Properties;
export type Identity = flyteidl.core.Identity.$Properties;
export type Struct = google.protobuf.Struct.$Properties;
export type TaskLog = flyteidl.core.TaskLog.$Properties;
export type LaunchPlanSpec = flyteidl.admin.LaunchPlanSpec.$Properties;
export type ExecutionSpec = flyteidl.admin.ExecutionSpec.$Properties;
export type WorkflowExecutionEvent = flyteidl.event.WorkflowExecutionEvent.$Properties;
export type NodeExecutionEvent = flyteidl.event.NodeExecutionEvent.$Properties;
export type TaskExecutionEvent = flyteidl.event.TaskExecutionEvent.$Properties;
export type ProtoTimestamp = google.protobuf.Timestamp.$Properties;
export type ProtoDuration = google.protobuf.Duration.$Properties;
