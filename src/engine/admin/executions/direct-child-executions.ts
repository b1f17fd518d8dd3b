import { flyteidl } from "../../../idl/flyteidl.ts";
import { subMessage } from "../../../idl/wire.ts";
import type { ChildExecutions } from "../../../ports/child-executions.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { getExecutionData } from "../data/get-data.ts";
import { createExecution } from "./create-execution.ts";
import { getExecution } from "./get-executions.ts";
import { recoverExecution } from "./recover-execution.ts";
import { terminateExecution } from "./terminate-execution.ts";

const nobody = new AbortController().signal;

type Caller = "propeller" | "scheduler";

/** They call as nobody in particular: who launched a parent counts as who launched its children, and schedules launch for nobody. */
const contextOf = (caller: Caller, method: string, requestBytes: Uint8Array): CallContext => ({
  principal: { subject: "", anonymous: true },
  method: `flyteidl.service.AdminService/${method}`,
  requestBytes,
  requestId: caller,
  signal: nobody,
});

/** Their way to the executions of an admin in their own process. */
export function createDirectChildExecutions(deps: AdminDeps, caller: Caller): ChildExecutions {
  return {
    async create(request) {
      await createExecution(deps, flyteidl.admin.ExecutionCreateRequest.decode(request), contextOf(caller, "CreateExecution", request));
    },
    async recover(request) {
      await recoverExecution(deps, flyteidl.admin.ExecutionRecoverRequest.decode(request), contextOf(caller, "RecoverExecution", request));
    },
    async get(id) {
      return flyteidl.admin.Execution.decode(await getExecution(deps, { id })).closure ?? {};
    },
    async outputs(id) {
      return subMessage(await getExecutionData(deps, { id }), [4]) ?? new Uint8Array();
    },
    async terminate(id, cause) {
      await terminateExecution(deps, { id, cause }, contextOf(caller, "TerminateExecution", new Uint8Array()));
    },
  };
}
