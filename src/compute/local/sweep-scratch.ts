import { readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processIdentity } from "../../std/process-identity.ts";

/** Where the warm interpreters of a daemon keep what their imports make: this, its pid and a hyphen begin the name. */
export const scratchPrefix = "flyte-warm-";

/** Removes what the interpreters of daemons that are gone could not, when they were killed in the middle of it. */
export async function sweepScratch(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${scratchPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && processIdentity(Number(pid)) === undefined) {
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
