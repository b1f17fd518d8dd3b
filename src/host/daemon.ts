import { closeSync, readFileSync, writeSync } from "node:fs";
import { systemClock } from "../std/clock.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { buildHost, type Host } from "./build-host.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import type { HostConfig, HostReport } from "./host-config.ts";
import { inspectPython } from "./inspect-python.ts";
import { jsonLogger } from "./json-logger.ts";

const reportDescriptor = 3;
const inspectAfterMs = 500;

/** Serves the sandbox that the file at `configPath` describes until SIGTERM or SIGINT; reports on descriptor 3 once it does. */
export async function main(configPath: string | undefined): Promise<void> {
  const logger = jsonLogger(systemClock, (line) => writeSync(2, line));
  process.on("uncaughtException", (error) => {
    logger.error("uncaught exception: ending", { error });
    process.exit(1);
  });
  let host: Host;
  let unlock: () => void;
  let config: HostConfig;
  try {
    config = JSON.parse(readFileSync(configPath ?? "", "utf8")) as HostConfig;
    unlock = lockDataDirectory(config.dataDir, config.name);
    host = await buildHost(config, logger);
  } catch (error) {
    // A FlyteError is about this machine and is told to whoever started us; anything else is our bug.
    logger[error instanceof FlyteError ? "warn" : "error"]("could not start", { error });
    report({ ready: false, error: describe(error) });
    process.exit(1);
  }
  logger.info("serving", { version: config.version, pid: process.pid, ports: [...config.adminPorts, config.blobPort] });
  report({ ready: true, pid: process.pid });
  // Later, so that it does not slow down whoever has waited for us.
  systemClock.at(systemClock.now() + inspectAfterMs, () => {
    inspectPython(config.python, config.dataDir).catch((error: unknown) => logger.warn("could not look at the interpreter", { error }));
  });

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
