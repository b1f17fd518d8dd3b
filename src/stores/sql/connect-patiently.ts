import { Client, type ClientConfig } from "pg";
import type { Clock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import { isLost } from "./postgres-errors.ts";

/** How long a server is waited for that does not take sessions yet, as one that starts at the same time. */
export interface Patience {
  readonly forMs: number;
  /** Ends the waiting; its reason is what is thrown. */
  readonly signal: AbortSignal;
  /** Told once, with what the first attempt met. */
  readonly onWait: (why: string) => void;
}

const longestPauseMs = 500;
/** Of the first attempts, as an address that nobody answers at must not hold us up; later ones have what `config` says. */
const firstTimeoutMs = 1_000;
const firstTries = 20;

/**
 * A session of a Postgres server. With patience a server that is not there is asked again until it is: no name, nobody who listens, no
 * answer, a server that starts. Rejects with what the last attempt met.
 */
export async function connectPatiently(config: ClientConfig, clock: Clock, patience: Patience | undefined): Promise<Client> {
  if (!patience) return connect(config);
  const { forMs, signal, onWait } = patience;
  const end = clock.now() + forMs;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      return await connect(tries < firstTries ? { ...config, connectionTimeoutMillis: firstTimeoutMs } : config);
    } catch (error) {
      if (!isLost(error) || clock.now() >= end) throw error;
      if (tries === 0) onWait(messageOf(error));
    }
    // Nothing tells us that a server has begun to listen.
    await pause(clock, Math.min(longestPauseMs, 50 * 2 ** Math.min(tries, 10)), signal);
  }
}

async function connect(config: ClientConfig): Promise<Client> {
  const client = new Client(config);
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => {});
    throw error;
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.at(clock.now() + ms, done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
