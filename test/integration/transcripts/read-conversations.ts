import { readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import type { JsonValue } from "../../../src/idl/json/json-value.ts";

export interface RecordedCall {
  /** `AdminService/CreateTask`. */
  readonly method: string;
  /** Protobuf's JSON form. */
  readonly request: JsonValue;
  /** What the recorder answered. */
  readonly status: string;
}

/** The calls of each conversation in test/transcripts, in order. */
export function readConversations(): ReadonlyMap<string, readonly RecordedCall[]> {
  const file = path.join(import.meta.dirname, "../../transcripts/conversations.json.gz");
  const { requests, conversations } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    readonly requests: readonly JsonValue[];
    readonly conversations: Readonly<Record<string, readonly (readonly [method: string, request: number, status: string])[]>>;
  };
  return new Map(
    Object.entries(conversations).map(([name, calls]) => [
      name,
      calls.map(([method, index, status]) => ({ method, request: requests[index] ?? null, status })),
    ]),
  );
}
