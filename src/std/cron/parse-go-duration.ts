const hour = 3_600_000_000_000n;
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: hour,
};
const longest = (1n << 63n) - 1n;
const component = /^(\d*)(?:\.(\d*))?([^\d.]*)/;

/** Nanoseconds of a duration as Go's time.ParseDuration reads it: `1h30m`, `-1.5s`. Throws an Error with Go's text. */
export function parseGoDuration(text: string): bigint {
  const invalid = new Error(`time: invalid duration ${JSON.stringify(text)}`);
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0n;
  if (rest === "") throw invalid;
  let nanos = 0n;
  while (rest !== "") {
    const [whole = "", digits = "", fraction = "", unit = ""] = component.exec(rest) ?? [];
    if (digits === "" && fraction === "") throw invalid;
    if (unit === "") throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (size === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    nanos += BigInt(digits || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
    if (nanos > longest) throw invalid;
    rest = rest.slice(whole.length);
  }
  return text.startsWith("-") ? -nanos : nanos;
}
