import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "../std/clock.ts";

/** Of SIGTERM, in the mask of the signals that a process listens to. */
const termination = 1n << 14n;
const longestWait = 60_000;
const betweenLooks = 10;

/**
 * Resolves once the copilot's sidecar of this container listens to SIGTERM. The first process of a container loses a signal it
 * does not listen to, so a task that ended sooner would end without outputs. Linux says what a process listens to, and wakes nobody.
 */
export async function sidecarListens(clock: Clock): Promise<void> {
  const until = clock.now() + longestWait;
  while (!(await isListening())) {
    if (clock.now() > until) throw new Error(`no sidecar listened within ${longestWait / 1000} s`);
    await new Promise<void>((resolve) => clock.at(clock.now() + betweenLooks, resolve));
  }
}

async function isListening(): Promise<boolean> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const command = (await read(`/proc/${pid}/cmdline`)).split("\0");
    if (command[command.indexOf("copilot") + 1] !== "sidecar") continue;
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(await read(`/proc/${pid}/status`))?.[1];
    if (caught !== undefined && (BigInt(`0x${caught}`) & termination) !== 0n) return true;
  }
  return false;
}

/** Nothing of a process that has ended meanwhile. */
async function read(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}
