import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { FlyteError } from "../std/errors.ts";
import { runningDaemon } from "./daemon-process.ts";
import { portHolder, type PortHolder } from "./port-holder.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** The ports of one sandbox, as flytectl's demo has them for base 30000. */
export interface PortBlock {
  readonly base: number;
  readonly admin: number;
  readonly adminAlternative: number;
  readonly blob: number;
  /** Of a sandbox that brings its own Postgres. */
  readonly postgres: number;
  /** For containers that are tasks: admin, and the object store. */
  readonly taskAdmin: number;
  readonly taskBlob: number;
  /** Of a sandbox that has a registry of images. */
  readonly registry: number;
}

/** The ports that a sandbox listens on, of those in its block. */
export type NeededPorts = (block: PortBlock) => readonly number[];

const embeddedPorts: NeededPorts = ({ admin, adminAlternative, blob }) => [admin, adminAlternative, blob];

export const defaultPortBase = 30_000;
const defaultName = "flyte";
const blockStep = 100;

export function portBlock(base: number): PortBlock {
  if (!Number.isInteger(base) || base < 1024 || base > 65_535 - 81) {
    throw new FlyteError({
      code: "SANDBOX_PORT_BASE_INVALID",
      blame: "usage",
      message: `${base} cannot be a port base`,
      hint: "use a number from 1024 to 65454, e.g. --port-base 31000",
      details: { base },
    });
  }
  return {
    base,
    admin: base + 80,
    adminAlternative: base + 81,
    blob: base + 2,
    postgres: base + 1,
    taskAdmin: base + 79,
    taskBlob: base + 3,
    registry: base,
  };
}

/** The ports of a block that something listens on. */
export async function takenPorts(block: PortBlock, needed: NeededPorts = embeddedPorts): Promise<readonly number[]> {
  const taken: number[] = [];
  for (const port of needed(block)) if (await isListenedOn(port)) taken.push(port);
  return taken;
}

/** By connecting: whoever looks by listening has the port in that moment, in which a daemon may want it. */
function isListenedOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    // A connection may meet itself where the port is one that connections are made from.
    socket.once("connect", () => answer(socket.localPort !== port));
    socket.once("error", () => answer(false));
    // A listener that is too busy to answer.
    socket.setTimeout(1000, () => answer(true));
  });
}

/**
 * The block a sandbox gets. A base that was asked for, or kept from its last start, must be free: SANDBOX_PORT_TAKEN names
 * the holder. Otherwise 30000, or the next block that no other sandbox has and nothing listens on; but when the default
 * sandbox finds 30000 held by a stranger that is an error too, for every client expects it there.
 */
export async function choosePortBlock(
  name: string,
  asked: number | undefined,
  records: readonly SandboxRecord[],
  needed: NeededPorts = embeddedPorts,
): Promise<PortBlock> {
  const kept = records.find((record) => record.name === name)?.portBase;
  const fixed = asked ?? kept;
  if (fixed !== undefined) return mustBeFree(portBlock(fixed), records, needed);
  const others = new Set(records.filter((record) => record.name !== name).map((record) => record.portBase));
  if (name === defaultName && !others.has(defaultPortBase)) return mustBeFree(portBlock(defaultPortBase), records, needed);
  for (let base = defaultPortBase; base < 60_000; base += blockStep) {
    if (others.has(base)) continue;
    const block = portBlock(base);
    if ((await takenPorts(block, needed)).length === 0) return block;
  }
  throw new FlyteError({
    code: "SANDBOX_NO_PORTS",
    blame: "environment",
    message: "no free block of ports was found between 30000 and 60000",
    hint: "stop a sandbox (flyte sandbox stop --name NAME), or name a base with --port-base N",
  });
}

/** Looks at a port that nobody holds again: a process that was killed listens until the system has taken it down. */
const looks = 20;
const lookAgainMs = 50;

async function mustBeFree(block: PortBlock, records: readonly SandboxRecord[], needed: NeededPorts): Promise<PortBlock> {
  const isUp = (record: SandboxRecord): boolean => runningDaemon(record) !== undefined || record.kind?.isUp === true;
  for (let look = 1; ; look++) {
    const [port] = await takenPorts(block, needed);
    if (port === undefined) return block;
    const sandbox = records.find((record) => record.portBase === block.base && isUp(record));
    const holder = sandbox ? undefined : portHolder(port);
    if (sandbox || holder || look === looks) throw portTaken(block, port, sandbox, holder);
    await pause(lookAgainMs);
  }
}

function portTaken(block: PortBlock, port: number, sandbox: SandboxRecord | undefined, holder: PortHolder | undefined): FlyteError {
  const move = `flyte sandbox start --port-base ${block.base + 1000}`;
  if (sandbox) {
    return new FlyteError({
      code: "SANDBOX_PORT_TAKEN",
      blame: "environment",
      message: `port ${port} is used by the sandbox "${sandbox.name}" (${sandbox.daemon ? `pid ${sandbox.daemon.pid}` : "on kind"})`,
      hint: `run: flyte sandbox stop --name ${sandbox.name}, or: ${move}`,
      details: { port, sandbox: sandbox.name },
    });
  }
  return new FlyteError({
    code: "SANDBOX_PORT_TAKEN",
    blame: "environment",
    message: `port ${port} is used by ${holder ? `${holder.program} (pid ${holder.pid})` : "another process"}`,
    hint: `stop it, or run: ${move}`,
    details: { port, ...(holder ? { pid: holder.pid, program: holder.program } : {}) },
  });
}
