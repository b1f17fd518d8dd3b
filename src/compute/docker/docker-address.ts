import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** An address a Docker engine may answer on, and what says so. */
export interface DockerAddress {
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`. */
  readonly address: string;
  readonly source: string;
}

export const fromEnvironment = "DOCKER_HOST";

/**
 * Where to look for a Docker engine, the one that the docker command would take first: DOCKER_HOST alone when it is set,
 * then the current context of the docker command, then the usual sockets that are there.
 */
export function dockerAddresses(env: Readonly<Record<string, string | undefined>>): readonly DockerAddress[] {
  const asked = env["DOCKER_HOST"];
  if (asked) return [{ address: asked, source: fromEnvironment }];
  const context = currentContext(env);
  if (context) return [context];
  const home = os.homedir();
  const sockets = [
    "/var/run/docker.sock",
    ...(env["XDG_RUNTIME_DIR"] ? [path.join(env["XDG_RUNTIME_DIR"], "docker.sock")] : []),
    path.join(home, ".docker/run/docker.sock"),
    path.join(home, ".colima/default/docker.sock"),
  ];
  const found = sockets.filter((socket) => existsSync(socket));
  return (found.length > 0 ? found : sockets.slice(0, 1)).map((socket) => ({ address: `unix://${socket}`, source: "the usual place" }));
}

/** The docker command keeps a context's address in a folder named by the SHA-256 of its name. */
function currentContext(env: Readonly<Record<string, string | undefined>>): DockerAddress | undefined {
  const directory = env["DOCKER_CONFIG"] ?? path.join(os.homedir(), ".docker");
  const name = env["DOCKER_CONTEXT"] ?? fieldOf(readJson(path.join(directory, "config.json")), "currentContext");
  if (typeof name !== "string" || name === "" || name === "default") return undefined;
  const folder = createHash("sha256").update(name).digest("hex");
  const endpoints = fieldOf(readJson(path.join(directory, "contexts/meta", folder, "meta.json")), "Endpoints");
  const address = fieldOf(fieldOf(endpoints, "docker"), "Host");
  return typeof address === "string" ? { address, source: `the docker context "${name}"` } : undefined;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
