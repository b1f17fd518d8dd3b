import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { AdminClient } from "../../src/client/admin-client.ts";
import { hasStatus } from "../../src/idl/status.ts";
import { answered, endOf } from "./outlived-calls.ts";

export interface KillLoop<Part extends string> {
  readonly executions: number;
  /** Milliseconds between two launches. */
  readonly launchEvery: number;
  /** At least so long lives what has been started, in milliseconds; longer on a machine that starts things slowly. */
  readonly shortestLife: number;
  /** After so many milliseconds the loop ends, done or not. */
  readonly patience: number;
  /** How often each part is killed at least. */
  readonly kills: number;
  readonly parts: readonly Part[];
  /** Whom to ask at this moment. */
  readonly admin: () => AdminClient;
  readonly launch: (admin: AdminClient, name: string, index: number) => Promise<void>;
  /** Those that are killed now. */
  readonly victims: () => readonly Part[];
  /** Kills these parts and starts them again; resolves when they answer. */
  readonly restart: (parts: readonly Part[]) => Promise<void>;
}

/**
 * Launches `judged-0`, `judged-1`, … and asks for their phases while parts of the deployment are killed at random moments, until
 * all have ended and every part was killed often enough. Returns how each ended, and how often the rarest part was killed.
 */
export async function killAtRandom<Part extends string>(
  loop: KillLoop<Part>,
): Promise<{ readonly phases: Readonly<Record<string, string>>; readonly kills: number }> {
  const acknowledged: string[] = [];
  const phases = new Map<string, string>();
  const kills = new Map<Part, number>(loop.parts.map((part) => [part, 0]));
  const fewest = (): number => Math.min(...kills.values());
  const until = Date.now() + loop.patience;
  let launchAt = 0;
  // A machine that starts things slowly does everything slowly: what lives too briefly does nothing.
  let longestLife = loop.shortestLife;
  const work = async (): Promise<void> => {
    const admin = loop.admin();
    // The last one waits until all have been killed often enough.
    const launches = fewest() >= loop.kills ? loop.executions : loop.executions - 1;
    if (acknowledged.length < launches && Date.now() >= launchAt) {
      launchAt = Date.now() + loop.launchEvery;
      const name = `judged-${acknowledged.length}`;
      if (await answered(acknowledges(loop.launch(admin, name, acknowledged.length)))) acknowledged.push(name);
    }
    for (const name of acknowledged) {
      if (phases.has(name)) continue;
      const phase = await endOf(admin, name);
      if (phase !== undefined) phases.set(name, phase);
    }
  };
  while (phases.size < loop.executions && Date.now() < until) {
    for (const killAt = Date.now() + randomInt(20, longestLife); Date.now() < killAt; await pause(20)) await work();
    if (phases.size === loop.executions) break;
    const victims = loop.victims();
    const begun = Date.now();
    for (const part of victims) kills.set(part, (kills.get(part) ?? 0) + 1);
    await loop.restart(victims);
    longestLife = Math.max(loop.shortestLife, Date.now() - begun);
  }
  return { phases: Object.fromEntries(phases), kills: fewest() };
}

/** Stored before the reply was lost is acknowledged all the same. */
async function acknowledges(launch: Promise<void>): Promise<true> {
  try {
    await launch;
  } catch (thrown) {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
  }
  return true;
}
