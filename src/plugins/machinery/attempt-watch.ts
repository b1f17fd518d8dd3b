import type { TaskContext } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";

interface Watched {
  context: TaskContext;
  /** When it is looked at again though nothing changed. */
  at?: number;
  cancel?: () => void;
}

/** The attempts that are on their way, by the key of their object: whom a change concerns, and who wants to be looked at later. */
export class AttemptWatch {
  readonly #watched = new Map<string, Watched>();
  readonly #clock: Clock;
  readonly #wake: (context: TaskContext) => void;

  constructor(clock: Clock, wake: (context: TaskContext) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  add(key: string, context: TaskContext): void {
    const known = this.#watched.get(key);
    if (known) known.context = context;
    else this.#watched.set(key, { context });
  }

  changed(key: string): void {
    const known = this.#watched.get(key);
    if (known) this.#wake(known.context);
  }

  /** Wakes the attempt at `at`, unless something else does before; of an attempt, only the last wish counts. */
  lookAgain(key: string, context: TaskContext, at: number): void {
    this.add(key, context);
    const known = this.#watched.get(key);
    if (!known || known.at === at) return;
    known.cancel?.();
    known.at = at;
    known.cancel = this.#clock.at(at, () => {
      delete known.at;
      this.changed(key);
    });
  }

  remove(key: string): void {
    this.#watched.get(key)?.cancel?.();
    this.#watched.delete(key);
  }
}
