/** A duration of nanoseconds as Go prints it, exactly: `1h0m0.5s`, `1.5ms`, `-2m3s`, `0s`. Go: time.Duration.String. */
export function durationText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${textOf(size)}`;
}

function textOf(size: bigint): string {
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${size}ns`;
  if (size < 1_000_000n) return `${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return seconds;
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}
