import { flyteidl } from "../../idl/flyteidl.ts";
import { toTimestamp } from "../../idl/time.ts";
import type { ProtoTimestamp } from "../../idl/types.ts";
import { bytesField, concatBytes } from "../../idl/wire.ts";
import { google } from "../../idl/flyteidl.ts";
import type { NamedEntityId } from "../../idl/identifiers.ts";

// Replies put together from stored bytes.

export const emptyReply: Uint8Array = new Uint8Array();

/** A string field; nothing when empty, as proto3 has it. */
export function textField(number: number, value: string): Uint8Array {
  return value === "" ? emptyReply : bytesField(number, Buffer.from(value));
}

/** A Timestamp field from a row's text. */
export function timeField(number: number, rowText: string): Uint8Array {
  return bytesField(number, google.protobuf.Timestamp.encode(timestampOfRow(rowText)).finish());
}

export function timestampOfRow(rowText: string): ProtoTimestamp {
  const { seconds } = toTimestamp(Date.parse(`${rowText.slice(0, 19)}Z`));
  return { seconds, nanos: Number(rowText.slice(20, 26)) * 1000 };
}

/** Flyte's lists all have the items in field 1 and the token in field 2. */
export function listReply(items: readonly Uint8Array[], token: string): Uint8Array {
  return concatBytes(emptyReply, ...items.map((item) => bytesField(1, item)), textField(2, token));
}

export function nameListReply(names: readonly NamedEntityId[], token: string): Uint8Array {
  const entities = names.map(({ project, domain, name }) => ({ project, domain, name }));
  return flyteidl.admin.NamedEntityIdentifierList.encode({ entities, token }).finish();
}
