import { flyteidl } from "../../../idl/flyteidl.ts";

type PluginOverride = flyteidl.admin.PluginOverride.$Properties;

/** Encoded MatchingAttributes of the overrides there were and an update's: one for each task type, the update's where both have one. */
export function mergePluginOverrides(before: Uint8Array, update: flyteidl.admin.MatchingAttributes.$Properties): Uint8Array {
  const { MatchingAttributes } = flyteidl.admin;
  const byTaskType = new Map<string, PluginOverride>();
  for (const attributes of [MatchingAttributes.decode(before), update]) {
    for (const override of attributes.pluginOverrides?.overrides ?? []) byTaskType.set(override.taskType ?? "", override);
  }
  return MatchingAttributes.encode({ pluginOverrides: { overrides: [...byTaskType.values()] } }).finish();
}
