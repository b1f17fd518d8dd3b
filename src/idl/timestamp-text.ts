/** RFC 3339 in UTC; as many decimals as there are, and no more. */
export function timestampText(seconds: number, nanos: number): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -".000Z".length);
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${whole}${fraction}Z`;
}
