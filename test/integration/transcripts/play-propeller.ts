import type { JsonValue } from "../../../src/idl/json/json-value.ts";
import type { RecordedCall } from "./read-conversations.ts";
import { callRecorded } from "./call-recorded.ts";
import type { ServedEngine } from "../../support/served-engine.ts";

type Fields = { readonly [key: string]: JsonValue };

const scope = { project: "flytesnacks", domain: "development" };
const at = (second: number): string => `2024-02-29T12:00:${String(second).padStart(2, "0")}Z`;
const one = { literals: { o0: { scalar: { primitive: { integer: "1" } } } } };

/** Everything within a request that is an object with `key`. */
function* holders(value: JsonValue, key: string): Iterable<Fields> {
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && Object.hasOwn(value, key)) yield value as Fields;
  for (const part of Object.values(value)) yield* holders(part as JsonValue, key);
}

/** Tells admin of an execution what propeller would have: the nodes, attempts and signals that `later` calls ask for, and its end. */
export async function playPropeller(engine: ServedEngine, name: string, later: readonly RecordedCall[]): Promise<void> {
  const executionId = { ...scope, name };
  const about = later.filter(({ request }) => JSON.stringify(request).includes(`"${name}"`));
  const requests = about.map(({ request }) => request);
  const event = (kind: string, body: Fields) => callRecorded(engine, `AdminService/Create${kind}Event`, { event: body });
  const ids = <T>(some: Iterable<T>): T[] => [...new Map([...some].map((each) => [JSON.stringify(each), each])).values()];

  const nodes = new Set<string>(["start-node"]);
  for (const request of requests) for (const { nodeId } of holders(request, "nodeId")) nodes.add(String(nodeId));
  for (const { method, request } of about) {
    const url =
      method === "DataProxyService/GetData"
        ? /^flyte:\/\/v1\/[^/]+\/[^/]+\/[^/]+\/([^/]+)/.exec(String((request as Fields)["flyteUrl"]))
        : null;
    if (url?.[1]) nodes.add(url[1]);
  }
  const attempts = ids(requests.flatMap((request) => [...holders(request, "taskId")]));

  await event("Workflow", { executionId, phase: "RUNNING", occurredAt: at(1) });
  for (const nodeId of nodes) {
    const id = { nodeId, executionId };
    await event("Node", { id, phase: "QUEUED", occurredAt: at(2), specNodeId: nodeId, nodeName: nodeId, inputData: one });
    await event("Node", { id, phase: "RUNNING", occurredAt: at(3) });
  }
  for (const { taskId = null, nodeExecutionId = null, retryAttempt = 0 } of attempts) {
    const common = { taskId, parentNodeExecutionId: nodeExecutionId, retryAttempt };
    await event("Task", { ...common, phase: "RUNNING", occurredAt: at(4), inputData: one });
    await event("Task", { ...common, phase: "SUCCEEDED", occurredAt: at(5), outputData: one });
  }
  for (const nodeId of nodes) await event("Node", { id: { nodeId, executionId }, phase: "SUCCEEDED", occurredAt: at(6), outputData: one });
  for (const { method, request } of about) {
    if (method !== "SignalService/SetSignal") continue;
    const { id = null, value } = request as Fields;
    const type = JSON.stringify(value).includes("boolean") ? "BOOLEAN" : "INTEGER";
    await callRecorded(engine, "SignalService/GetOrCreateSignal", { id, type: { simple: type } });
  }
  // What the client is going to end is still at work.
  if (about.some(({ method }) => method === "AdminService/TerminateExecution")) return;
  await event("Workflow", { executionId, phase: "SUCCEEDED", occurredAt: at(7), outputData: one });
}
