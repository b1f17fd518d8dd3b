/** Milliseconds as Go writes a duration: `1h0m0s`, `1m30s`, `1.5s`, `300ms`, `0s`. Flyte's messages hold them. */
export function formatGoDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const sign = milliseconds < 0 ? "-" : "";
  const nanos = Math.round(Math.abs(milliseconds) * 1e6);
  if (nanos < 1000) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1000}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor((nanos % 3.6e12) / 6e10);
  const seconds = (nanos % 6e10) / 1e9;
  return sign + (hours > 0 ? `${hours}h` : "") + (hours > 0 || minutes > 0 ? `${minutes}m` : "") + `${seconds}s`;
}
