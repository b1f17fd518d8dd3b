import { closeSync, writeSync } from "node:fs";
import { systemClock } from "../std/clock.ts";
import { FlyteError } from "../std/errors.ts";
import type { Logger } from "../std/logger.ts";
import { endLeftovers } from "./end-leftovers.ts";
import { loadHostConfig } from "./config/load-host-config.ts";
import type { HostConfig, HostFailure, HostReport } from "./host-config.ts";
import { hostFailure } from "./host-failure.ts";
import { jsonLogger, type LogLevel } from "./json-logger.ts";
import { rolesOf } from "./roles-of.ts";
import { runHost } from "./run-host.ts";

const reportDescriptor = 3;
const logHint = "the log says more";
/** Ends what an earlier daemon left running, and serves nothing. */
const endMode = "end";

export interface ServeRequest {
  readonly config: string;
  /** `admin,datacatalog`, `all`; absent for what the configuration says. */
  readonly role?: string;
  /** The package's. */
  readonly version: string;
  /** Called once all ports answer. */
  readonly ready: (ports: readonly number[]) => void;
}

/**
 * Serves what a configuration file describes until SIGTERM or SIGINT, its log on stderr. Resolves with undefined when it has
 * ended well, else with why it did not start or end: the command line is another bundle and knows no errors of this one.
 */
export async function serve({ config: file, role, version, ready }: ServeRequest): Promise<HostFailure | undefined> {
  let logger = stderrLogger("info");
  process.on("uncaughtException", (error) => {
    logger.error("uncaught exception: ending", { error });
    process.exit(1);
  });
  let config: HostConfig;
  try {
    config = await loadHostConfig(file, process.env, role === undefined ? undefined : rolesOf(role));
  } catch (error) {
    return hostFailure(error, logHint);
  }
  try {
    logger = stderrLogger(config.logLevel ?? "info");
    await runHost(config, config.version ?? version, logger, () => ready(config.ports));
    return undefined;
  } catch (error) {
    // A FlyteError is about this machine and is told to whoever started us; anything else is our bug.
    if (!(error instanceof FlyteError)) logger.error("could not start, or not end well", { error });
    return hostFailure(error, logHint);
  }
}

/**
 * The daemon of a sandbox: `serve`, with a report on descriptor 3. `mode` may be `end`, or `--role` with the roles
 * behind it. Ends the process.
 */
export async function main(version: string, file = "", mode?: string, role?: string): Promise<void> {
  if (mode === endMode) {
    const failure = await endLeftovers(file, stderrLogger("info")).then(
      () => undefined,
      (error: unknown) => hostFailure(error, logHint),
    );
    report(failure ? { ready: false, error: failure } : { ready: true, pid: process.pid });
    process.exit(failure ? 1 : 0);
  }
  const ready = (): void => report({ ready: true, pid: process.pid });
  const failure = await serve({
    config: file,
    version,
    ready,
    ...(mode === undefined ? {} : { role: mode === "--role" ? (role ?? "") : mode }),
  });
  if (failure) stderrLogger("info").warn("could not start", { error: failure });
  if (failure) report({ ready: false, error: failure });
  process.exit(failure ? 1 : 0);
}

function stderrLogger(level: LogLevel): Logger {
  return jsonLogger(systemClock, (line) => writeSync(2, line), level);
}

function report(report: HostReport): void {
  try {
    writeSync(reportDescriptor, `${JSON.stringify(report)}\n`);
    closeSync(reportDescriptor);
  } catch {
    // Started by hand: nobody listens.
  }
}
