/** Whether a Host header names this machine or one of `names`, whatever the port. Refusing others keeps pages from reaching it by rebinding a name of theirs. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(?::\d{1,5})?$/i.exec(host ?? "")?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)) return true;
  return names.some((known) => known.toLowerCase() === name);
}
