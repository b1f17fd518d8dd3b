import { hasStatus } from "../../idl/status.ts";
import type { Clock } from "../../std/clock.ts";

const tries = 6;
const firstPauseMs = 100;

/** Calls again, after longer and longer pauses of three seconds in all, while the server answers that it is busy or does not answer. */
export async function patiently<T>(clock: Clock, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (error) {
      if (!hasStatus(error, "UNAVAILABLE") || tried === tries) throw error;
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + firstPauseMs * 2 ** (tried - 1), () => done());
      const done = (): void => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      signal?.addEventListener("abort", done);
      if (signal?.aborted) done();
    });
    signal?.throwIfAborted();
  }
}
