import { sandboxLogs } from "./sandbox-logs.ts";
import { stopSandbox } from "./stop-sandbox.ts";

/** Shows a sandbox's log until `signal`, then stops the sandbox. */
export async function stayUntilInterrupted(name: string, signal: AbortSignal, write: (text: string) => void): Promise<void> {
  for await (const chunk of sandboxLogs(name, { lines: 0, follow: true, signal })) write(chunk);
  await stopSandbox(name, { deleteData: false });
}
