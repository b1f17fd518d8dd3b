const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a Host header names this server: a loopback name with the port the request came in by, or an allowed `name`
 * (any port) or `name:port`. Guards against pages of other sites whose name was made to point at the loopback.
 */
export function hostAllowed(host: string | undefined, localPort: number, allowed: readonly string[]): boolean {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s/@]+)(?::(\d{1,5}))?$/.exec(host ?? "");
  if (!match?.[1]) return false;
  const name = match[1].toLowerCase();
  const port = Number(match[2] ?? 80);
  if (loopbackNames.includes(name) && port === localPort) return true;
  return allowed.some((entry) => entry.toLowerCase() === name || entry.toLowerCase() === `${name}:${port}`);
}
