import type { PropellerDeps } from "../../src/engine/propeller/propeller-deps.ts";

/** Kills processes between two effects: what a dead process has begun never answers, and nothing it does afterwards happens. */
export class Crashes {
  /** Effects so far, of all processes. */
  effects = 0;
  crashes = 0;
  readonly #at: ReadonlyMap<number, "BEFORE" | "AFTER">;
  #dead = { now: false };
  #die: () => void = () => {};
  /** Resolves when the present process dies. */
  death: Promise<void>;

  /** `at`: numbers of effects, from 1, and whether they still happen. */
  constructor(at: ReadonlyMap<number, "BEFORE" | "AFTER">) {
    this.#at = at;
    this.death = new Promise((resolve) => (this.#die = resolve));
  }

  /** A new process: its dependencies as it sees them. */
  process(deps: PropellerDeps): PropellerDeps {
    const life = { now: false };
    this.#dead = life;
    this.death = new Promise((resolve) => (this.#die = resolve));
    const die = this.#die;
    const gate = async <T>(effect: () => Promise<T>): Promise<T> => {
      if (life.now) return new Promise(() => {});
      const how = this.#at.get(++this.effects);
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
    const guarded = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (object, name) => {
          const value: unknown = Reflect.get(object, name);
          if (typeof value !== "function") return value;
          return name === "subscribe"
            ? value.bind(object)
            : (...each: unknown[]) => gate(() => value.apply(object, each) as Promise<unknown>);
        },
      });
    const plugins = new Map(deps.plugins.plugins.map((plugin) => [plugin, guarded(plugin)]));
    return {
      ...deps,
      workflows: guarded(deps.workflows),
      events: guarded(deps.events),
      blobs: guarded(deps.blobs),
      catalog: guarded(deps.catalog),
      signals: guarded(deps.signals),
      children: guarded(deps.children),
      past: guarded(deps.past),
      launchPlans: guarded(deps.launchPlans),
      plugins: {
        plugins: [...plugins.values()],
        choose: (type) => {
          const plugin = deps.plugins.choose(type);
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
