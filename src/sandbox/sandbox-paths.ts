import os from "node:os";
import path from "node:path";
import { FlyteError } from "../std/errors.ts";

/** Where everything of one sandbox lies. */
export interface SandboxPaths {
  readonly root: string;
  readonly data: string;
  /** flytectl's format; what FLYTECTL_CONFIG may name. */
  readonly config: string;
  readonly logs: string;
  readonly daemonLog: string;
  /** What the sandbox was started with (SandboxRecord). */
  readonly record: string;
  /** HostConfig of the daemon. */
  readonly daemonConfig: string;
  readonly secrets: string;
  /** Of the cluster of a sandbox on kind. */
  readonly kubeconfig: string;
  /** Held while a sandbox on kind is started, stopped or changed. */
  readonly lock: string;
}

/** Throws HOME_MISSING where there is no home: an empty HOME would put everything into the working directory. */
export function sandboxesDirectory(): string {
  const home = os.homedir();
  if (!path.isAbsolute(home)) {
    throw new FlyteError({
      code: "HOME_MISSING",
      blame: "environment",
      message: `HOME is ${home === "" ? "empty" : `"${home}"`}, so there is no place for what is known of sandboxes`,
      hint: "set HOME to the path of a directory that you can write to, e.g. export HOME=$(getent passwd $(id -u) | cut -d: -f6)",
      details: { home },
    });
  }
  return path.join(home, ".flyte", "sandboxes");
}

/** Throws SANDBOX_NAME_INVALID unless `name` is a DNS label, so that it can name files, containers and clusters. */
export function sandboxPaths(name: string): SandboxPaths {
  if (!/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)) {
    throw new FlyteError({
      code: "SANDBOX_NAME_INVALID",
      blame: "usage",
      message: `"${name}" cannot name a sandbox`,
      hint: "use up to 40 lower-case letters, digits and hyphens, e.g. --name team-a",
      details: { name },
    });
  }
  const root = path.join(sandboxesDirectory(), name);
  const logs = path.join(root, "logs");
  return {
    root,
    data: path.join(root, "data"),
    config: path.join(root, "config.yaml"),
    logs,
    daemonLog: path.join(logs, "daemon.log"),
    record: path.join(root, "sandbox.json"),
    daemonConfig: path.join(root, "daemon.json"),
    secrets: path.join(root, "secrets.yaml"),
    kubeconfig: path.join(root, "kubeconfig"),
    lock: path.join(root, "start.lock"),
  };
}
