import { FlyteError } from "../std/errors.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * `host:port` in the forms flytectl's config accepts: `dns:///host:port`, `host:port`, `host`, `http(s)://host:port/`.
 * Without a port: 443, or 80 when insecure. Anything else: FlyteError ENDPOINT_INVALID.
 */
export function parseEndpoint(text: string, insecure: boolean): Endpoint {
  const bare = text.trim().replace(/^dns:\/{0,3}/, "");
  const match = /^(?:https?:\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(bare);
  const port = match?.[2] === undefined ? (insecure ? 80 : 443) : Number(match[2]);
  if (!match?.[1] || port < 1 || port > 65535) {
    throw new FlyteError({
      code: "ENDPOINT_INVALID",
      blame: "usage",
      message: `"${text}" is not the endpoint of a Flyte deployment`,
      hint: "give it as HOST:PORT or dns:///HOST:PORT",
      details: { endpoint: text },
    });
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}
