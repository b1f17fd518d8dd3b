import type { Clock } from "../../std/clock.ts";
import type { LaunchRequest } from "./launcher.ts";
import type { WarmChannel } from "./warm-channel.ts";

/** An attempt that a warm interpreter has been asked to start. */
export interface WarmAttempt {
  readonly request: LaunchRequest;
  readonly gone: (how: string) => void;
}

/** `refused`: nothing was started. `lost`: the interpreter ended, and whether it had started anything is not known. */
export type WarmAnswer =
  | { readonly state: "started" }
  | { readonly state: "refused"; readonly reason: string; readonly stale: boolean }
  | { readonly state: "lost" };

const answerMs = 10_000;

/** The attempts of one warm interpreter, of either tier. */
export class WarmServer {
  readonly #clock: Clock;
  readonly #running = new Map<number, WarmAttempt>();
  readonly #asked = new Map<number, (answer: WarmAnswer) => void>();
  #channel: WarmChannel | undefined;
  #next = 1;
  lastUsed: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lastUsed = clock.now();
  }

  use(channel: WarmChannel): void {
    this.#channel = channel;
    this.lastUsed = this.#clock.now();
  }

  get busy(): boolean {
    return this.#running.size > 0 || this.#asked.size > 0;
  }

  /** Asks for a fork. An interpreter that does not answer counts as lost; the claim on started.json keeps a late one from running. */
  start(attempt: WarmAttempt, paths: readonly string[]): Promise<WarmAnswer> {
    this.lastUsed = this.#clock.now();
    const channel = this.#channel;
    if (!channel) return Promise.resolve({ state: "lost" });
    const id = this.#next++;
    const { directory, ...body } = attempt.request;
    return new Promise((resolve) => {
      const settle = (answer: WarmAnswer): void => {
        if (!this.#asked.delete(id)) return;
        cancel();
        if (answer.state === "started") this.#running.set(id, attempt);
        resolve(answer);
      };
      const cancel = this.#clock.at(this.#clock.now() + answerMs, () => settle({ state: "lost" }));
      this.#asked.set(id, settle);
      channel.send({ op: "launch", id, directory, paths }, body);
    });
  }

  /** Takes an answer that is about an attempt; false when it is about something else. */
  take(answer: Readonly<Record<string, unknown>>): boolean {
    const { id, gone } = answer;
    if (typeof gone === "number") {
      const attempt = this.#running.get(gone);
      this.#running.delete(gone);
      this.lastUsed = this.#clock.now();
      attempt?.gone(String(answer["how"]));
      return true;
    }
    if (typeof id !== "number") return false;
    this.#asked.get(id)?.(
      typeof answer["refused"] === "string"
        ? { state: "refused", reason: answer["refused"], stale: answer["stale"] === true }
        : { state: "started" },
    );
    return true;
  }

  /** The interpreter is gone: gives back what it had started, of which nothing more will be heard here. */
  end(): readonly WarmAttempt[] {
    this.#channel = undefined;
    for (const settle of this.#asked.values()) settle({ state: "lost" });
    const left = [...this.#running.values()];
    this.#running.clear();
    return left;
  }
}
