import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { FlyteError, messageOf } from "../../std/errors.ts";

/** How the API server is reached. */
export interface KubeConnection {
  /** URL without a trailing slash. */
  readonly server: string;
  /** PEM; the system's authorities when absent. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure: boolean;
  /** Asked before every call, since tokens are renewed in their files. */
  token(): Promise<string | undefined>;
}

/** Where a pod finds the account it runs as. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

type Fields = Readonly<Record<string, unknown>>;

/** As a program inside the cluster, whose API server is at `host:port`. */
export async function inClusterConnection(host: string, port: string): Promise<KubeConnection> {
  const ca = await readFile(path.join(serviceAccount, "ca.crt"), "utf8");
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return { server, ca, insecure: false, token: tokenIn(path.join(serviceAccount, "token")) };
}

/**
 * What a kubeconfig file says of one of its contexts (default: its current one). FlyteError KUBECONFIG_INVALID for a file that
 * is none, and for ways to log in that need another program.
 */
export async function kubeConnection(file: string, contextName?: string): Promise<KubeConnection> {
  const invalid = (why: string): FlyteError =>
    new FlyteError({
      code: "KUBECONFIG_INVALID",
      blame: "environment",
      message: `${file} does not say how to reach a cluster: ${why}`,
      hint: "name a kubeconfig file whose user has a token or a certificate",
    });
  let config: Fields;
  try {
    config = fieldsOf(parse(await readFile(file, "utf8")));
  } catch (error) {
    throw invalid(messageOf(error));
  }
  const entry = (list: string, name: unknown, part: string): Fields => {
    const entries = config[list];
    const found = Array.isArray(entries) ? entries.map(fieldsOf).find((one) => one["name"] === name) : undefined;
    if (!found) throw invalid(`there is no ${part} ${String(name)}`);
    return fieldsOf(found[part]);
  };
  const context = entry("contexts", contextName ?? config["current-context"], "context");
  const cluster = entry("clusters", context["cluster"], "cluster");
  const user = entry("users", context["user"], "user");
  const server = text(cluster["server"]);
  if (server === undefined) throw invalid("its cluster has no server");
  for (const way of ["exec", "auth-provider"])
    if (user[way] !== undefined) throw invalid(`its user logs in by ${way}, which is not supported`);
  const beside = (name: string): string => path.resolve(path.dirname(file), name);
  const pem = async (fields: Fields, name: string): Promise<string | undefined> => {
    const data = text(fields[`${name}-data`]);
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    const at = text(fields[name]);
    return at === undefined ? undefined : await readFile(beside(at), "utf8");
  };
  const [ca, cert, key] = await Promise.all([
    pem(cluster, "certificate-authority"),
    pem(user, "client-certificate"),
    pem(user, "client-key"),
  ]).catch((error: unknown) => {
    throw invalid(messageOf(error));
  });
  const tokenFile = text(user["tokenFile"]);
  const token = text(user["token"]);
  return {
    server: server.replace(/\/+$/, ""),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    token: tokenFile === undefined ? async () => token : tokenIn(beside(tokenFile)),
  };
}

function tokenIn(file: string): () => Promise<string> {
  return async () => (await readFile(file, "utf8")).trim();
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
