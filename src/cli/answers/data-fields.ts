import type { DataView } from "../fetch/fetch-data.ts";

/** Inputs and outputs for renderFields: `name = JSON`, one a line. */
export function dataFields(data: DataView): (readonly [string, string])[] {
  return (["inputs", "outputs"] as const).flatMap((side) => {
    const lines = Object.entries(data[side] ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    return lines.length === 0 ? [] : [[side, lines.join("\n")] as const];
  });
}
