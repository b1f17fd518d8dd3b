const nanosPerUnit: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of a number of seconds, or of Go's duration text (`1h30m`, `3600.5s`); undefined for anything else. */
export function durationNanos(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text)) return Math.round(Number(text) * 1e9);
  const match = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (!match) return undefined;
  let nanos = 0;
  for (const [, value, unit] of (match[2] ?? "").matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    nanos += Number(value) * (nanosPerUnit[unit ?? ""] ?? 0);
  }
  return Math.round(match[1] === "-" ? -nanos : nanos);
}
