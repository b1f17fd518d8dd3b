import { flyteidl } from "../../idl/flyteidl.ts";
import type { Struct, TaskLog, TaskTemplate } from "../../idl/types.ts";
import type { ConnectorAnswer } from "../../ports/connector-client.ts";
import { permanentFailure, retryableFailure, type ResourcePhase } from "../machinery/resource-phase.ts";

/** What a job has come to. */
export interface JobPhase extends ResourcePhase {
  readonly logs?: readonly TaskLog[];
  readonly customInfo?: Struct;
  /** Encoded LiteralMap: what the connector has handed over of a task that has succeeded. */
  readonly outputs?: Uint8Array;
}

/** Of a message, in an event. */
const longestMessage = 10_000;
/** Bytes of log links and custom info, which go into every event. */
const mostInfo = 64 << 10;

const { Phase } = flyteidl.core.TaskExecution;
const { State, Resource } = flyteidl.admin;

/** Flyte's code of a failure that says none itself. */
export const taskFailedWithError = "TaskFailedWithError";

const systemError = (message: string): JobPhase => retryableFailure("SystemError", message, "SYSTEM");

/**
 * What a connector's answer means; undefined for a phase that there is not. An error's own code counts for tasks that are done while
 * the caller waits (`isSync`) only. Flyte: connector/plugin.go Status, but that it does not show what is said of a task that runs.
 */
export function readAnswer({ resource, outputs }: ConnectorAnswer, template: TaskTemplate, isSync: boolean): JobPhase | undefined {
  const message = (resource.message ?? "").slice(0, longestMessage);
  const info = {
    ...(resource.logLinks && resource.logLinks.length > 0 && { logs: resource.logLinks }),
    ...(resource.customInfo != null && { customInfo: resource.customInfo }),
  };
  const size = Resource.encode({ logLinks: resource.logLinks ?? [], customInfo: resource.customInfo ?? null }).finish().length;
  if (size > mostInfo) return systemError(`the connector's log links and custom info are ${size} bytes; at most ${mostInfo} are accepted`);
  const code = (isSync && resource.agentError?.code) || taskFailedWithError;
  const said = { ...(message !== "" && { reason: message }), ...info };
  switch (resource.phase ?? Phase.UNDEFINED) {
    case Phase.UNDEFINED:
      return readState(resource.state ?? State.RETRYABLE_FAILURE, message, said, outputs, template);
    case Phase.QUEUED:
      return { phase: "QUEUED", ...said };
    case Phase.WAITING_FOR_RESOURCES:
      return { phase: "WAITING_FOR_RESOURCES", ...said };
    case Phase.INITIALIZING:
      return { phase: "INITIALIZING", ...said };
    case Phase.RUNNING:
      return { phase: "RUNNING", ...said };
    case Phase.SUCCEEDED:
      return succeeded(said, outputs, template);
    case Phase.ABORTED:
      return { ...permanentFailure(code, "failed to run the job with aborted phase."), ...info };
    case Phase.FAILED:
      return { ...permanentFailure(code, `failed to run the job: ${message}`), ...info };
    case Phase.RETRYABLE_FAILED:
      return { ...retryableFailure(code, `failed to run the job: ${message}`), ...info };
    default:
      return undefined;
  }
}

/** Of connectors from before there were phases. */
function readState(
  state: number,
  message: string,
  said: Partial<JobPhase>,
  outputs: Uint8Array | undefined,
  template: TaskTemplate,
): JobPhase | undefined {
  const { reason: _, ...info } = said;
  const text = `failed to run the job.\n${message}`;
  switch (state) {
    case State.PENDING:
      return { phase: "INITIALIZING", ...said };
    case State.RUNNING:
      return { phase: "RUNNING", ...said };
    case State.SUCCEEDED:
      return succeeded(said, outputs, template);
    case State.PERMANENT_FAILURE:
      return { ...permanentFailure(taskFailedWithError, text), ...info };
    case State.RETRYABLE_FAILURE:
      return { ...retryableFailure(taskFailedWithError, text), ...info };
    default:
      return undefined;
  }
}

/** Outputs that are handed over have to be those that are declared; without any the task must have written them itself. */
function succeeded(said: Partial<JobPhase>, outputs: Uint8Array | undefined, template: TaskTemplate): JobPhase {
  const declared = Object.keys(template.interface?.outputs?.variables ?? {});
  if (declared.length === 0 || outputs === undefined) return { phase: "SUCCESS", ...said };
  const { literals } = flyteidl.core.LiteralMap.decode(outputs);
  const missing = declared.filter((name) => !Object.hasOwn(literals, name));
  if (missing.length > 0) {
    const given = Object.keys(literals).join(", ");
    return retryableFailure("OutputsNotFound", `the connector's outputs [${given}] lack [${missing.join(", ")}], which the task declares`);
  }
  return { phase: "SUCCESS", ...said, outputs };
}
