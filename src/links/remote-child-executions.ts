import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { subMessage } from "../idl/wire.ts";
import type { ChildExecutions } from "../ports/child-executions.ts";
import { call } from "./call.ts";

const { admin } = flyteidl;
const service = "flyteidl.service.AdminService";
/** Messages that are sent or read as they are. */
const asBytes = { encode: (bytes: Uint8Array) => ({ finish: () => bytes }), decode: (bytes: Uint8Array) => bytes };

/** The executions of an admin behind a network, ours or Flyte's. */
export function remoteChildExecutions(client: FlyteClient): ChildExecutions {
  return {
    async create(request) {
      await call(client, service, "CreateExecution", [asBytes, admin.ExecutionCreateResponse], request);
    },
    async recover(request) {
      await call(client, service, "RecoverExecution", [asBytes, admin.ExecutionCreateResponse], request);
    },
    async get({ project, domain, name }) {
      const types = [admin.WorkflowExecutionGetRequest, admin.Execution] as const;
      return (await call(client, service, "GetExecution", types, { id: { project, domain, name } })).closure ?? {};
    },
    async outputs({ project, domain, name }) {
      const types = [admin.WorkflowExecutionGetDataRequest, asBytes] as const;
      return subMessage(await call(client, service, "GetExecutionData", types, { id: { project, domain, name } }), [4]) ?? new Uint8Array();
    },
    async terminate({ project, domain, name }, cause) {
      const types = [admin.ExecutionTerminateRequest, admin.ExecutionTerminateResponse] as const;
      await call(client, service, "TerminateExecution", types, { id: { project, domain, name }, cause });
    },
  };
}
