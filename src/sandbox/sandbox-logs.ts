import { createReadStream, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { lastLines } from "./daemon-process.ts";
import { noSuchSandbox } from "./no-such-sandbox.ts";
import { sandboxPaths } from "./sandbox-paths.ts";
import { readRecord } from "./sandbox-record.ts";

/** The daemon's last lines; with `follow`, what it writes until `signal`. */
export async function* sandboxLogs(
  name: string,
  options: { readonly lines: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  if (!(await readRecord(name))) throw await noSuchSandbox(name);
  const file = sandboxPaths(name).daemonLog;
  let offset = await sizeOf(file);
  for (const line of await lastLines(file, options.lines)) yield `${line}\n`;
  while (options.follow && !options.signal.aborted) {
    const size = await sizeOf(file);
    if (size < offset) offset = 0;
    if (size > offset) {
      for await (const chunk of createReadStream(file, { start: offset, end: size - 1, encoding: "utf8" })) yield String(chunk);
      offset = size;
    } else await changed(file, options.signal);
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

function changed(file: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(file, () => done());
    const timer = setTimeout(() => done(), 1000);
    const done = (): void => {
      clearTimeout(timer);
      watcher.close();
      signal.removeEventListener("abort", done);
      resolve();
    };
    signal.addEventListener("abort", done);
  });
}
