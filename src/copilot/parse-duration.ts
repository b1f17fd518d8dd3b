const nanosOf: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const part = /(\d*)(\.\d*)?([^\d.]*)/y;
const most = 2n ** 63n;

/** Nanoseconds of a duration in Go's form: `300ms`, `-1.5h`, `2h45m`. Throws with Go's words. Go: time.ParseDuration. */
export function parseDuration(text: string): bigint {
  const invalid = (): Error => new Error(`time: invalid duration ${JSON.stringify(text)}`);
  const negative = text.startsWith("-");
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0n;
  if (body === "") throw invalid();
  let total = 0n;
  for (part.lastIndex = 0; part.lastIndex < body.length;) {
    const [, whole = "", point = "", unit = ""] = part.exec(body) ?? [];
    const fraction = point.slice(1);
    if (whole === "" && fraction === "") throw invalid();
    if (unit === "") throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const nanos = Object.hasOwn(nanosOf, unit) ? nanosOf[unit] : undefined;
    if (nanos === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    if (whole.length > 20) throw invalid();
    const kept = fraction.slice(0, 18);
    total += BigInt(whole || "0") * nanos + (BigInt(kept || "0") * nanos) / 10n ** BigInt(kept.length);
    if (total > most || (total === most && !negative)) throw invalid();
  }
  return negative ? -total : total;
}
