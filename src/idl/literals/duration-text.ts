import Long from "long";

const nanosPer: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};
const part = /(\d+)(?:\.(\d{1,9}))?(ns|us|µs|ms|s|m|h|d)/y;

/** Go's durations (`1h30m`, `1.5s`, `-250ms`), and `d` for 24 hours, as a Duration, or undefined. */
export function parseDuration(text: string): { seconds: Long; nanos: number } | undefined {
  const trimmed = text.trim();
  const sign = trimmed.startsWith("-") ? -1n : 1n;
  const body = trimmed.replace(/^[+-]/, "");
  if (body === "0") return { seconds: Long.ZERO, nanos: 0 };
  let total = 0n;
  part.lastIndex = 0;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    const unit = nanosPer[match?.[3] ?? ""];
    if (!match?.[1] || unit === undefined) return undefined;
    total += BigInt(match[1]) * unit + (BigInt((match[2] ?? "").padEnd(9, "0")) * unit) / 1_000_000_000n;
  }
  // A protobuf Duration is at most 10,000 years.
  if (body === "" || total > 315_576_000_000n * 1_000_000_000n) return undefined;
  return { seconds: Long.fromString(String((sign * total) / 1_000_000_000n)), nanos: Number((sign * total) % 1_000_000_000n) };
}
