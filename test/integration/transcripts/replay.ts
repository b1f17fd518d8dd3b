import type { JsonValue } from "../../../src/idl/json/json-value.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { callRecorded } from "./call-recorded.ts";
import { playPropeller } from "./play-propeller.ts";
import type { RecordedCall } from "./read-conversations.ts";
import type { ServedEngine } from "../../support/served-engine.ts";

export interface Replayed {
  readonly call: RecordedCall;
  /** `OK`, or status and text. */
  readonly outcome: string;
  /** Decoded; undefined for a refusal. */
  readonly reply: object | undefined;
}

/**
 * Makes the calls of a conversation, one after the other. What ran while it was recorded runs here, too: an execution that
 * the client looks into has, once it is created, the nodes, attempts and signals that it asks for.
 */
export async function replay(engine: ServedEngine, calls: readonly RecordedCall[]): Promise<readonly Replayed[]> {
  const replayed: Replayed[] = [];
  const known = new Set<string>();
  for (const [index, recorded] of calls.entries()) {
    const later = calls.slice(index + 1);
    const creates = recorded.method === "AdminService/CreateExecution" && recorded.status === "OK";
    const call = creates ? named(recorded, later, known) : recorded;
    let outcome = "OK";
    let reply: object | undefined;
    try {
      reply = await callRecorded(engine, call.method, call.request);
    } catch (thrown) {
      if (!(thrown instanceof StatusError)) throw thrown;
      outcome = `${thrown.status} ${thrown.message}`;
    }
    replayed.push({ call, outcome, reply });
    if (call.method === "AdminService/UpdateProject" && outcome === "OK" && JSON.stringify(call.request).includes('"ARCHIVED"')) {
      // The recorder forgot it at once, and the conversation goes on in the project.
      await callRecorded(engine, "AdminService/UpdateProject", { id: "flytesnacks", state: "ACTIVE" });
    }
    if (creates && outcome === "OK") {
      const { name } = (reply as { id: { name: string } }).id;
      known.add(name);
      await playPropeller(engine, name, later);
    }
  }
  return replayed;
}

/** An execution whose name was left to the server gets the one that the recorder gave it: the next that is spoken of. */
function named(call: RecordedCall, later: readonly RecordedCall[], known: ReadonlySet<string>): RecordedCall {
  const request = call.request as { readonly [key: string]: JsonValue };
  if (request["name"]) return call;
  for (const { method, request: next } of later) {
    if (method === "AdminService/CreateExecution") break;
    const name = (next as { readonly id?: { readonly name?: string } }).id?.name;
    if (method === "AdminService/GetExecution" && name !== undefined && !known.has(name)) return { ...call, request: { ...request, name } };
  }
  return call;
}
