import { createReadStream, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { FlyteError } from "../std/errors.ts";
import { lastLines } from "./daemon-process.ts";
import { sandboxPaths } from "./sandbox-paths.ts";
import type { LogOptions } from "./log-options.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** The daemon's last lines; with `follow`, what it writes until `signal`, or until the log is removed. SANDBOX_LOG_MISSING when there is none. */
export async function* daemonLogs({ name }: SandboxRecord, options: LogOptions): AsyncGenerator<string> {
  const file = sandboxPaths(name).daemonLog;
  let offset = await sizeOf(file);
  if (offset === undefined) {
    throw new FlyteError({
      code: "SANDBOX_LOG_MISSING",
      blame: "environment",
      message: `the sandbox "${name}" has no log: ${file} is not there`,
      hint: "its next start makes one: flyte sandbox stop, then flyte sandbox start",
      details: { name, file },
    });
  }
  for (const line of await lastLines(file, options.lines)) yield `${line}\n`;
  while (options.follow && !options.signal.aborted) {
    const over = options.isOver?.() ?? false;
    const size = await sizeOf(file);
    if (size === undefined) return;
    if (size < offset) offset = 0;
    if (size > offset) {
      try {
        for await (const chunk of createReadStream(file, { start: offset, end: size - 1, encoding: "utf8" })) yield String(chunk);
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      offset = size;
    } else if (over) return;
    else await changed(file, options.signal);
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Resolves when the file may have changed, at the latest after a second. */
function changed(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, 1000);
    signal.addEventListener("abort", done);
    const watcher = watched(file, done);
  });
}

/** Undefined when it is gone by now: the timer sees to it. */
function watched(file: string, done: () => void): ReturnType<typeof watch> | undefined {
  try {
    return watch(file, done).once("error", done);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
