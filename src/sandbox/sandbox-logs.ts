import { backendOf } from "./backend-of.ts";
import type { LogOptions } from "./log-options.ts";
import { noSuchSandbox } from "./no-such-sandbox.ts";
import { readRecord } from "./sandbox-record.ts";

/** The last lines of a sandbox's engine; with `follow`, what it writes until `signal`. SANDBOX_NOT_FOUND, and what the backend throws. */
export async function* sandboxLogs(name: string, options: LogOptions): AsyncGenerator<string> {
  const record = await readRecord(name);
  if (!record) throw await noSuchSandbox(name);
  yield* (await backendOf(record)).logs(record, options);
}
