import type { google } from "../../idl/flyteidl.ts";

/** Flyte's task events have no field for what an attempt used: it travels in custom_info under this key. */
export const resourceUseKey = "flyte_resource_use";

/** Seconds of CPU and peak bytes of memory in a task event's custom_info; undefined where absent or no number. */
export function resourceUseOf(info: google.protobuf.Struct.$Properties | null | undefined): {
  readonly cpuSeconds: number | undefined;
  readonly peakMemoryBytes: number | undefined;
} {
  const fields = info?.fields?.[resourceUseKey]?.structValue?.fields ?? {};
  return {
    cpuSeconds: fields["cpu_seconds"]?.numberValue ?? undefined,
    peakMemoryBytes: fields["peak_memory_bytes"]?.numberValue ?? undefined,
  };
}
