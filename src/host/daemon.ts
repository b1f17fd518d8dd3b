import { closeSync, readFileSync, writeSync } from "node:fs";
import { systemClock } from "../std/clock.ts";
import { type Role, roles } from "../engine/engine.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { collectWhenQuiet } from "./collect-when-quiet.ts";
import { buildHost, type Host } from "./build-host.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import type { HostConfig, HostReport } from "./host-config.ts";
import { inspectPython } from "./inspect-python.ts";
import { endLeftovers } from "./open-compute.ts";
import { jsonLogger } from "./json-logger.ts";

const reportDescriptor = 3;
/** Ends what an earlier daemon left running, and serves nothing. */
const endMode = "end";
const inspectAfterMs = 500;

/**
 * Serves the sandbox, or the roles of it, that the file at `configPath` describes until SIGTERM or SIGINT; reports on
 * descriptor 3 once it does. `mode` may be `end`, or `--role` with the roles behind it: `admin,datacatalog`, `all`.
 */
export async function main(configPath: string | undefined, mode?: string, ...more: readonly string[]): Promise<void> {
  const logger = jsonLogger(systemClock, (line) => writeSync(2, line));
  process.on("uncaughtException", (error) => {
    logger.error("uncaught exception: ending", { error });
    process.exit(1);
  });
  let host: Host;
  let unlock: () => void;
  let config: HostConfig;
  try {
    const written = JSON.parse(readFileSync(configPath ?? "", "utf8")) as HostConfig;
    const asked = mode === undefined || mode === endMode ? undefined : rolesOf([mode, ...more]);
    config = asked === undefined ? written : { ...written, roles: asked };
    unlock = lockDataDirectory(config.dataDir, config.name);
    if (mode === endMode) {
      await endLeftovers(config, logger);
      unlock();
      process.exit(0);
    }
    host = await buildHost(config, logger);
  } catch (error) {
    // A FlyteError is about this machine and is told to whoever started us; anything else is our bug.
    logger[error instanceof FlyteError ? "warn" : "error"]("could not start", { error });
    report({ ready: false, error: describe(error) });
    process.exit(1);
  }
  logger.info("serving", { version: config.version, pid: process.pid, ports: [...config.adminPorts, config.blobPort] });
  report({ ready: true, pid: process.pid });
  if (config.roles === undefined || config.roles.includes("propeller")) {
    // Later, so that it does not slow down whoever has waited for us.
    systemClock.at(systemClock.now() + inspectAfterMs, () => {
      host.warmUp().catch((error: unknown) => logger.warn("could not warm the interpreter", { error }));
      inspectPython(config.python, config.dataDir).catch((error: unknown) => logger.warn("could not look at the interpreter", { error }));
    });
  }

  collectWhenQuiet(systemClock, cpuMilliseconds, collectGarbage);

  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return;
    ending = true;
    logger.info("ending", { signal });
    host.stop().then(
      () => {
        unlock();
        logger.info("ended");
        process.exit(0);
      },
      (error: unknown) => {
        logger.error("did not end well", { error });
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function rolesOf(flags: readonly string[]): readonly Role[] {
  const [flag, value = ""] = flags;
  const names = value === "all" ? roles : value.split(",");
  const known = names.filter((name): name is Role => roles.some((role) => role === name));
  if (flag === "--role" && flags.length === 2 && known.length > 0 && known.length === names.length) return known;
  throw new FlyteError({
    code: "ROLE_UNKNOWN",
    blame: "usage",
    message: `"${flags.join(" ")}" names no roles`,
    hint: `write --role and one or more of ${roles.join(", ")}, with commas between; or all`,
  });
}

function describe(error: unknown): Extract<HostReport, { ready: false }>["error"] {
  if (error instanceof FlyteError) return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  return { code: "SANDBOX_START_FAILED", message: messageOf(error), hint: "see: flyte sandbox logs", details: {} };
}

function report(report: HostReport): void {
  try {
    writeSync(reportDescriptor, `${JSON.stringify(report)}\n`);
    closeSync(reportDescriptor);
  } catch {
    // Started by hand: nobody listens.
  }
}
