import { StatusError } from "../../src/idl/status.ts";
import type { PropellerDeps } from "../../src/engine/propeller/propeller-deps.ts";

/**
 * The process dies before an effect or after it; or the effect fails, before it has happened or with only its answer lost. What must
 * not fail happens instead.
 */
export type Fault = "BEFORE" | "AFTER" | "FAILS" | "ANSWER_LOST";

/** A failure of these means something: the round is not simply tried again. */
const mayNotFail = new Set([
  "workflows.listActive",
  "workflows.claim",
  "workflows.extendLeases",
  "workflows.wake",
  "catalog.put",
  "catalog.release",
]);

/** Kills processes between two effects: what a dead process has begun never answers, and nothing it does afterwards happens. */
export class Crashes {
  /** Effects so far, of all processes. */
  effects = 0;
  crashes = 0;
  /** Effects that failed. */
  failures = 0;
  #at: ReadonlyMap<number, Fault>;
  #dead = { now: false };
  #die: () => void = () => {};
  /** Resolves when the present process dies. */
  death: Promise<void>;

  /** `at`: numbers of effects, from 1, and whether they still happen. */
  constructor(at: ReadonlyMap<number, Fault>) {
    this.#at = at;
    this.death = new Promise((resolve) => (this.#die = resolve));
  }

  /** Nothing goes wrong from now on. */
  cease(): void {
    this.#at = new Map();
  }

  /** A new process: its dependencies as it sees them. */
  process(deps: PropellerDeps): PropellerDeps {
    const life = { now: false };
    this.#dead = life;
    this.death = new Promise((resolve) => (this.#die = resolve));
    const die = this.#die;
    const gate = async <T>(name: string, effect: () => Promise<T>): Promise<T> => {
      if (life.now) return new Promise(() => {});
      let how = this.#at.get(++this.effects);
      if (how === "FAILS" || how === "ANSWER_LOST") {
        if (mayNotFail.has(name)) how = undefined;
        else {
          if (how === "ANSWER_LOST") await effect();
          this.failures++;
          // Of child executions an answer that says UNAVAILABLE is final.
          throw new StatusError(name.startsWith("children.") ? "INTERNAL" : "UNAVAILABLE", `${name} fails`);
        }
      }
      if (how !== "BEFORE") {
        const result = await effect();
        if (how === undefined) return life.now ? new Promise(() => {}) : result;
      }
      if (!life.now) {
        life.now = true;
        this.crashes++;
        die();
      }
      return new Promise(() => {});
    };
    const guarded = <T extends object>(room: string, target: T): T =>
      new Proxy(target, {
        get: (object, name) => {
          const value: unknown = Reflect.get(object, name);
          if (typeof value !== "function") return value;
          // Neither does anything.
          return name === "subscribe" || name === "requires"
            ? value.bind(object)
            : (...each: unknown[]) => gate(`${room}.${String(name)}`, () => value.apply(object, each) as Promise<unknown>);
        },
      });
    const plugins = new Map(deps.plugins.plugins.map((plugin) => [plugin, guarded("plugin", plugin)]));
    return {
      ...deps,
      workflows: guarded("workflows", deps.workflows),
      events: guarded("events", deps.events),
      blobs: guarded("blobs", deps.blobs),
      catalog: guarded("catalog", deps.catalog),
      resources: guarded("resources", deps.resources),
      signals: guarded("signals", deps.signals),
      children: guarded("children", deps.children),
      past: guarded("past", deps.past),
      launchPlans: guarded("launchPlans", deps.launchPlans),
      plugins: {
        plugins: [...plugins.values()],
        choose: (type, ...more) => {
          const plugin = deps.plugins.choose(type, ...more);
          return plugin && plugins.get(plugin);
        },
      },
      clock: { now: () => deps.clock.now(), at: (at, fire) => deps.clock.at(at, () => void (life.now || fire())) },
    };
  }

  get isDead(): boolean {
    return this.#dead.now;
  }
}
