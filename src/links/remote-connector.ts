import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { StatusError } from "../idl/status.ts";
import { bytesField, subMessage } from "../idl/wire.ts";
import type { ConnectorAnswer, ConnectorClient } from "../ports/connector-client.ts";
import { messageOf } from "../std/errors.ts";
import { asStatus, callBytes } from "./call.ts";

const { admin } = flyteidl;
const [metadata, jobs, sync] = ["AgentMetadataService", "AsyncAgentService", "SyncAgentService"].map(
  (name) => `flyteidl.service.${name}`,
) as [string, string, string];

/** What a server of connectors is asked, as Flyte names it for its time-outs. */
export const connectorOperations = ["CreateTask", "GetTask", "DeleteTask", "ExecuteTaskSync", "ListConnectors"] as const;
export type ConnectorOperation = (typeof connectorOperations)[number];

/** A server of connectors behind a network; `timeoutOf`: milliseconds a call may take, 0 for any time. */
export function remoteConnector(client: FlyteClient, timeoutOf: (operation: ConnectorOperation) => number): ConnectorClient {
  return {
    endpoint: client.endpoint,
    async list() {
      const reply = await callBytes(client, metadata, "ListAgents", new Uint8Array(), { timeoutMs: timeoutOf("ListConnectors") });
      return decoded(() => admin.ListAgentsResponse.decode(reply).agents ?? []);
    },
    async create(request) {
      const reply = await callBytes(client, jobs, "CreateTask", request, { timeoutMs: timeoutOf("CreateTask") });
      return decoded(() => admin.CreateTaskResponse.decode(reply).resourceMeta ?? new Uint8Array());
    },
    async get({ category, meta }, outputPrefix) {
      const request = { taskType: category.name ?? "", taskCategory: category, resourceMeta: meta, outputPrefix };
      const encoded = admin.GetTaskRequest.encode(request).finish();
      const reply = await callBytes(client, jobs, "GetTask", encoded, { timeoutMs: timeoutOf("GetTask") });
      return decoded(() => answerOf(subMessage(reply, [1])));
    },
    async delete({ category, meta }) {
      const request = { taskType: category.name ?? "", taskCategory: category, resourceMeta: meta };
      const encoded = admin.DeleteTaskRequest.encode(request).finish();
      await callBytes(client, jobs, "DeleteTask", encoded, { timeoutMs: timeoutOf("DeleteTask") });
    },
    async execute(header, inputs, signal) {
      const parts = [bytesField(1, header), bytesField(2, inputs)];
      const options = { timeoutMs: timeoutOf("ExecuteTaskSync"), signal };
      let answer: ConnectorAnswer | undefined;
      try {
        // All is in the first answer's header; what streams after it Flyte reads no more, either. To the end, for there the status is.
        for await (const reply of client.serverStream(sync, "ExecuteTaskSync", parts, options))
          answer ??= decoded(() => answerOf(subMessage(reply, [1, 1])));
      } catch (thrown) {
        throw asStatus(thrown);
      }
      if (!answer) throw new StatusError("INTERNAL", "expected header in the response, but got none");
      return answer;
    },
  };
}

function answerOf(resource: Uint8Array | undefined): ConnectorAnswer {
  if (!resource) throw new StatusError("INTERNAL", "the connector answered without a resource");
  return { resource: admin.Resource.decode(resource), outputs: subMessage(resource, [2]) };
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (thrown) {
    if (thrown instanceof StatusError) throw thrown;
    throw new StatusError("INTERNAL", `the connector's answer cannot be read: ${messageOf(thrown)}`, [], thrown);
  }
}
