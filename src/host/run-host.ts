import type { Logger } from "../std/logger.ts";
import { systemClock } from "../std/clock.ts";
import { buildHost } from "./build-host.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { collectWhenQuiet } from "./collect-when-quiet.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import type { HostConfig } from "./host-config.ts";
import { inspectPython } from "./inspect-python.ts";

const inspectAfterMs = 500;

/**
 * Serves what `config` describes, calls `ready` once it does, and resolves when SIGTERM or SIGINT have had everything
 * closed. Rejects when it cannot start, with a FlyteError where that is about this machine, or does not end well.
 */
export async function runHost(config: HostConfig, version: string, logger: Logger, ready: () => void): Promise<void> {
  const unlock = lockDataDirectory(config.dataDir, config.name);
  const ending = new AbortController();
  // From the beginning: a start may wait for its database, and the first process of a container is ended by nothing else.
  const asked = new Promise<NodeJS.Signals>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
  void asked.then(() => ending.abort());
  try {
    const host = await buildHost(config, version, logger, ending.signal);
    logger.info("serving", { version, pid: process.pid, roles: config.roles ?? "all", ports: config.ports });
    ready();
    const endCollecting = collectWhenQuiet(systemClock, cpuMilliseconds, collectGarbage);
    const runsPython = config.docker === undefined && (config.roles === undefined || config.roles.includes("propeller"));
    const cancel = runsPython ? prepareLater(config, logger, host.warmUp) : () => {};
    logger.info("ending", { signal: await asked });
    cancel();
    endCollecting();
    await host.stop();
    logger.info("ended");
  } catch (error) {
    if (error !== ending.signal.reason) throw error;
    logger.info("ended before it served", { signal: await asked });
  } finally {
    unlock();
  }
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Later, so that it does not slow down whoever has waited for us. */
function prepareLater(config: HostConfig, logger: Logger, warmUp: () => Promise<void>): () => void {
  return systemClock.at(systemClock.now() + inspectAfterMs, () => {
    warmUp().catch((error: unknown) => logger.warn("could not warm the interpreter", { error }));
    inspectPython(config.python, config.dataDir).catch((error: unknown) => logger.warn("could not look at the interpreter", { error }));
  });
}
