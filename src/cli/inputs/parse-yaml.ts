/** YAML 1.2 (so also JSON) as plain values; integers beyond 2^53 as bigint. Throws on syntax errors, and on aliases that would multiply. */
export async function parseYaml(text: string): Promise<unknown> {
  const { readYaml } = await import("../yaml-text.ts");
  return narrowed(readYaml(text));
}

function narrowed(value: unknown): unknown {
  if (typeof value === "bigint")
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(narrowed);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, narrowed(item)]));
  return value;
}
