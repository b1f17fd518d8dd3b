type Plain = Readonly<Record<string, unknown>>;

/**
 * `over` upon `base`: what is set in `over` (not empty, not zero, not false) wins, maps merge, lists are appended. Neither is
 * changed. Flyte merges pod templates so (mergo with override and append-slice).
 */
export function mergeOver<T extends object>(base: T, over: T): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(base));
  for (const [key, value] of Object.entries(over)) merged[key] = mergeValue(merged[key], value);
  return merged as T;
}

function mergeValue(base: unknown, over: unknown): unknown {
  if (base === undefined || base === null) return over;
  if (Array.isArray(over)) return Array.isArray(base) ? [...(base as unknown[]), ...(over as unknown[])] : over;
  if (isPlain(over)) return isPlain(base) ? mergeOver(base, over) : over;
  return over === undefined || over === null || over === "" || over === 0 || over === false ? base : over;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
