import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { hasStatus } from "../idl/status.ts";

/** Methods that may be sent twice: they read, sign a URL, or set a state to a value. */
export function isIdempotent(method: string): boolean {
  return /^(Get(?!OrCreate)|List|Create(Upload|Download)|Update|UserInfo)/.test(method);
}

const attempts = 4;

/** Runs `attempt`, again when it ends UNAVAILABLE: four times in all, after about 0.1, 0.2 and 0.4 s (each between half and whole). */
export async function retryUnavailable<T>(
  attempt: () => Promise<T>,
  tools: { clock: Clock; random: Random; signal?: AbortSignal },
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= attempts || !hasStatus(error, "UNAVAILABLE") || tools.signal?.aborted) throw error;
    }
    const jitter = 0.5 + (tools.random.bytes(1)[0] ?? 0) / 512;
    await sleep(tools.clock, 100 * 2 ** (tried - 1) * jitter, tools.signal);
  }
}

/** Resolves after `milliseconds`, or at once when the signal is aborted. */
function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.at(clock.now() + milliseconds, done);
    function done(): void {
      signal?.removeEventListener("abort", done);
      cancel();
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
}
