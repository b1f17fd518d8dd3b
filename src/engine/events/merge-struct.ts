import type { google } from "../../idl/flyteidl.ts";

type Struct = google.protobuf.Struct.$Properties;
type Value = google.protobuf.Value.$Properties;

/** JSON merge patch (RFC 7396) of one Struct by another: objects merge, null removes, all else replaces. */
export function mergeStruct(known: Struct | null | undefined, patch: Struct | null | undefined): Struct | undefined {
  if (patch == null) return known ?? undefined;
  const fields: Record<string, Value> = { ...known?.fields };
  for (const [key, value] of Object.entries(patch.fields ?? {})) {
    if (isNull(value)) delete fields[key];
    else fields[key] = value.structValue == null ? value : { structValue: mergeStruct(fields[key]?.structValue ?? {}, value.structValue) };
  }
  return { fields };
}

/** A Value without any member set reads as null, too. */
function isNull(value: Value): boolean {
  return (
    value.nullValue != null ||
    [value.numberValue, value.stringValue, value.boolValue, value.structValue, value.listValue].every((one) => one == null)
  );
}
