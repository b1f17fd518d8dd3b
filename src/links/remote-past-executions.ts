import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf } from "../idl/identifiers.ts";
import { unlessMissing } from "../idl/unless-missing.ts";
import { subMessage } from "../idl/wire.ts";
import type { PastExecutions } from "../ports/past-executions.ts";
import { call } from "./call.ts";

const { admin } = flyteidl;
const service = "flyteidl.service.AdminService";
const asBytes = { encode: (bytes: Uint8Array) => ({ finish: () => bytes }), decode: (bytes: Uint8Array) => bytes };
/** Attempts of a node: an array has one task execution. */
const attempts = 100;

/** What an admin behind a network knows of executions. */
export function remotePastExecutions(client: FlyteClient): PastExecutions {
  return {
    node: (id) =>
      unlessMissing(() =>
        call(client, service, "GetNodeExecution", [admin.NodeExecutionGetRequest, admin.NodeExecution], {
          id: nodeExecutionIdentifierOf(id),
        }),
      ),
    dynamicWorkflow: (id) =>
      unlessMissing(async () => {
        const types = [admin.GetDynamicNodeWorkflowRequest, asBytes] as const;
        return subMessage(await call(client, service, "GetDynamicNodeWorkflow", types, { id: nodeExecutionIdentifierOf(id) }), [1]);
      }),
    async externalResources(id) {
      const types = [admin.TaskExecutionListRequest, admin.TaskExecutionList] as const;
      const request = { nodeExecutionId: nodeExecutionIdentifierOf(id), limit: attempts };
      const { taskExecutions } = await call(client, service, "ListTaskExecutions", types, request);
      return (taskExecutions ?? []).flatMap(({ closure }) => closure?.metadata?.externalResources ?? []);
    },
  };
}
