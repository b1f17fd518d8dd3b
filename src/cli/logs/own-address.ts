/** Whether `uri` is served by the host of `endpoint` (`host:port`, `dns:///host:port`): other hosts get no request from us. */
export function isOwnAddress(uri: string, endpoint: string): boolean {
  if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri)) return false;
  const host = new URL(`http://${endpoint.replace(/^(dns:\/*|https?:\/\/)/, "")}`).hostname;
  const asked = new URL(uri).hostname;
  const loopback = (name: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(name);
  return asked === host || (loopback(asked) && loopback(host));
}
