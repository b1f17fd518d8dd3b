import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../std/clock.ts";
import type { LocalComputeLog } from "./local-compute.ts";
import { scratchPrefix } from "./sweep-scratch.ts";
import { WarmChannel } from "./warm-channel.ts";
import { attemptOnly, type WarmCode, type WarmPlan } from "./warm-plan.ts";
import { WarmServer, type WarmAttempt } from "./warm-server.ts";

const zygote = fileURLToPath(new URL("./zygote.py", import.meta.url));

export interface WarmSettings {
  readonly clock: Clock;
  readonly log: LocalComputeLog;
  /** Milliseconds without an attempt after which an interpreter leaves. */
  readonly idleMs: number;
  /** Versions of code kept imported for one base. */
  readonly versions: number;
}

/** An interpreter that serves one version of code, while it lives. */
interface Tier {
  readonly key: string;
  readonly server: WarmServer;
  state: "opening" | "ready" | "leaving";
  pid: number | undefined;
  /** Resolves when it is ready, or will not be. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

interface Slot {
  readonly channel: WarmChannel;
  tier: Tier | undefined;
}

const startMs = 20_000;
/** An attempt waits this long for its code to be imported, then imports it itself. */
const tierWaitMs = 1_000;
const importMs = 60_000;
const refusedLimit = 1_000;

/** A base interpreter with flytekit imported, and those that it has forked to import versions of code. */
export class WarmInterpreter {
  readonly base: WarmServer;
  /** Whether it came up; it may end later all the same. */
  readonly ready: Promise<boolean>;
  /** Variables that flytekit read when it was imported. */
  reads: readonly string[] = [];
  readonly #settings: WarmSettings;
  readonly #child: ChildProcess;
  readonly #control: WarmChannel;
  readonly #slots: readonly Slot[];
  /** Versions of code that cannot be imported ahead. */
  readonly #unfit = new Set<string>();
  readonly #ended: (left: readonly WarmAttempt[]) => void;
  #up: (ready: boolean) => void = () => {};
  #cancel: (() => void)[] = [];
  readonly #scratch: string;
  #isUp = false;
  #over = false;

  /** `ended` is called once, with the attempts of which nothing more will be heard. */
  constructor(plan: WarmPlan, settings: WarmSettings, ended: (left: readonly WarmAttempt[]) => void) {
    const { clock, versions } = settings;
    this.#settings = settings;
    this.#ended = ended;
    this.base = new WarmServer(clock);
    this.ready = new Promise((resolve) => {
      this.#up = resolve;
    });
    // Detached: a group of its own, so that a Ctrl-C meant for the daemon does not end it, and all of it can be killed.
    this.#scratch = mkdtempSync(join(tmpdir(), `${scratchPrefix}${process.pid}-`));
    this.#child = spawn(plan.interpreter, [zygote, plan.bin, String(versions), this.#scratch, ...plan.protocols], {
      detached: true,
      cwd: "/",
      stdio: ["ignore", "ignore", "ignore", ...Array.from({ length: versions + 1 }, () => "pipe" as const)],
      env: { ...plan.startEnv, FLYTE_LOCAL_ATTEMPT: "0".repeat(20) },
    });
    this.#child.once("error", () => this.close());
    this.#child.once("exit", () => this.close());
    const socket = (at: number): Duplex => this.#child.stdio[3 + at] as Duplex;
    this.#control = new WarmChannel(
      socket(0),
      (answer) => this.#heard(answer),
      () => this.close(),
    );
    this.#slots = Array.from({ length: versions }, (_, at) => {
      const slot: Slot = {
        channel: new WarmChannel(
          socket(1 + at),
          (answer) => this.#heardFrom(slot, answer),
          () => this.close(),
        ),
        tier: undefined,
      };
      return slot;
    });
    this.#after(startMs, () => {
      if (!this.#isUp) this.close();
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** The server of an attempt: one that has its code imported, or else the base. */
  async serverFor(code: WarmCode | undefined): Promise<WarmServer> {
    if (!code || this.#unfit.has(code.key)) return this.base;
    const tier = this.#slots.find((slot) => slot.tier?.key === code.key && slot.tier.state !== "leaving")?.tier ?? this.#open(code);
    if (!tier) return this.base;
    if (tier.state === "opening") {
      await Promise.race([tier.settled, new Promise<void>((resolve) => this.#after(tierWaitMs, resolve))]);
    }
    return tier.state === "ready" ? tier.server : this.base;
  }

  /** What it imported is out of date: a tier leaves, a base with all its tiers. Their attempts go on. */
  retire(server: WarmServer): void {
    const slot = this.#slots.find(({ tier }) => tier?.server === server);
    if (slot) this.#leave(slot);
    else this.close();
  }

  /** Ends it and its tiers; what runs goes on. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    for (const cancel of this.#cancel.splice(0)) cancel();
    this.#up(false);
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // All of the group has ended.
    }
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 3 });
    const left: WarmAttempt[] = [...this.base.end()];
    this.#control.close();
    for (const slot of this.#slots) {
      left.push(...this.#vacate(slot));
      slot.channel.close();
    }
    this.#ended(left);
  }

  #heard(answer: Readonly<Record<string, unknown>>): void {
    if (this.base.take(answer)) return;
    if (answer["ready"] === true) {
      const { plain } = answer;
      if (typeof plain === "string")
        this.#settings.log.warn("tasks start slower: nothing can be rehearsed", { reason: plain.slice(0, 1000) });
      this.reads = (answer["reads"] as readonly string[] | undefined) ?? [];
      this.base.use(this.#control);
      this.#isUp = true;
      this.#leaveWhenIdle();
      this.#up(true);
    } else if (typeof answer["unfit"] === "string") {
      this.#settings.log.warn("tasks start cold: the interpreter cannot be kept warm", { reason: answer["unfit"].slice(0, 1000) });
      this.close();
    } else if (typeof answer["opened"] === "number") {
      const tier = this.#slots[answer["opened"]]?.tier;
      if (tier) tier.pid = Number(answer["pid"]);
    } else if (typeof answer["slot"] === "number") {
      const slot = this.#slots[answer["slot"]];
      if (answer["stale"] === true) this.close();
      else if (slot) {
        this.#refuse(slot, String(answer["refused"]));
        this.#vacate(slot);
      }
    } else if (typeof answer["ended"] === "number") {
      const slot = this.#slots[answer["ended"]];
      if (!slot) return;
      if (slot.tier?.state === "opening") this.#refuse(slot, `it ended by ${String(answer["how"])}`);
      const left = this.#vacate(slot);
      if (left.length > 0) this.#ended(left);
    }
  }

  #heardFrom(slot: Slot, answer: Readonly<Record<string, unknown>>): void {
    const { tier } = slot;
    if (!tier || tier.server.take(answer)) return;
    if (answer["ready"] === true && tier.state === "opening") {
      tier.state = "ready";
      tier.server.use(slot.channel);
      tier.settle();
    } else if (typeof answer["unfit"] === "string") {
      this.#refuse(slot, answer["unfit"]);
      tier.state = "leaving";
      tier.settle();
    }
  }

  /** Undefined when there is no place just now. */
  #open(code: WarmCode): Tier | undefined {
    const at = this.#slots.findIndex((slot) => slot.tier === undefined);
    const slot = this.#slots[at];
    if (!slot) {
      this.#makeRoom();
      return undefined;
    }
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
    const tier: Tier = { key: code.key, server: new WarmServer(this.#settings.clock), state: "opening", pid: undefined, settled, settle };
    slot.tier = tier;
    slot.channel.reset();
    const { key: _, ...body } = code;
    const paths = pathsOf(code.env);
    this.#control.send({ op: "open", slot: at, paths }, { ...body, paths, attemptOnly });
    this.#after(importMs, () => {
      if (tier.state !== "opening") return;
      this.#refuse(slot, "its import takes too long");
      tier.state = "leaving";
      tier.settle();
      if (tier.pid !== undefined) process.kill(tier.pid, "SIGKILL");
    });
    return tier;
  }

  /** The one that has served nobody for longest leaves, if it serves nobody now. */
  #makeRoom(): void {
    if (this.#slots.some(({ tier }) => tier?.state === "leaving")) return;
    const idle = this.#slots.filter(({ tier }) => tier?.state === "ready" && !tier.server.busy);
    idle.sort((left, right) => (left.tier?.server.lastUsed ?? 0) - (right.tier?.server.lastUsed ?? 0));
    if (idle[0]) this.#leave(idle[0]);
  }

  #leave(slot: Slot): void {
    if (slot.tier?.state !== "ready") return;
    slot.tier.state = "leaving";
    slot.channel.send({ op: "leave" }, undefined);
  }

  #refuse(slot: Slot, reason: string): void {
    if (!slot.tier) return;
    if (this.#unfit.size >= refusedLimit) for (const key of [...this.#unfit].slice(0, refusedLimit / 2)) this.#unfit.delete(key);
    this.#unfit.add(slot.tier.key);
    this.#settings.log.warn("code is imported by every attempt anew", { reason: reason.slice(0, 1000) });
  }

  #vacate(slot: Slot): readonly WarmAttempt[] {
    const { tier } = slot;
    slot.tier = undefined;
    if (!tier) return [];
    tier.state = "leaving";
    tier.settle();
    return tier.server.end();
  }

  #leaveWhenIdle(): void {
    const { clock, idleMs } = this.#settings;
    this.#after(idleMs / 5, () => {
      const since = clock.now() - idleMs;
      const idle = (server: WarmServer): boolean => !server.busy && server.lastUsed <= since;
      const tiers = this.#slots.filter(({ tier }) => tier !== undefined);
      for (const slot of tiers) if (slot.tier && idle(slot.tier.server)) this.#leave(slot);
      if (tiers.length === 0 && idle(this.base)) this.close();
      else this.#leaveWhenIdle();
    });
  }

  #after(delay: number, fire: () => void): void {
    const { clock } = this.#settings;
    const cancel = clock.at(clock.now() + delay, () => {
      this.#cancel = this.#cancel.filter((one) => one !== cancel);
      if (!this.#over) fire();
    });
    this.#cancel.push(cancel);
  }
}

function pathsOf(env: Readonly<Record<string, string>>): string[] {
  const path = env["PYTHONPATH"] ?? "";
  return path === "" ? [] : path.split(":");
}
