/** What waits for a slot. */
export interface Waiting {
  readonly name: string;
  readonly project: string;
  readonly execution: string;
}

/** Served keys are forgotten beyond this many, oldest first. */
const remembered = 4096;

/**
 * Round robin by project, then by execution within it, then by arrival: whoever was served longest ago is next, so a
 * thousand waiting attempts of one execution do not keep another's first one waiting.
 */
export class FairQueue<Item extends Waiting> {
  readonly #items = new Map<string, Item>();
  /** Keys in the order they were last served. */
  readonly #served = new Map<string, number>();
  #turn = 0;

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    this.#items.set(item.name, item);
  }

  delete(name: string): boolean {
    return this.#items.delete(name);
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items.values();
  }

  /** Who is next; it stays in the queue. */
  peek(): Item | undefined {
    let best: Item | undefined;
    for (const item of this.#items.values()) if (!best || this.#before(item, best)) best = item;
    return best;
  }

  /** Takes the item out, and its project and execution go to the end of the round. */
  take(item: Item): void {
    this.#items.delete(item.name);
    for (const key of [projectKey(item), executionKey(item)]) {
      this.#served.delete(key);
      this.#served.set(key, ++this.#turn);
    }
    for (const key of this.#served.keys()) {
      if (this.#served.size <= remembered) break;
      this.#served.delete(key);
    }
  }

  /** Equal ones keep the order of arrival. */
  #before(left: Item, right: Item): boolean {
    const byProject = this.#last(projectKey(left)) - this.#last(projectKey(right));
    return (byProject || this.#last(executionKey(left)) - this.#last(executionKey(right))) < 0;
  }

  #last(key: string): number {
    return this.#served.get(key) ?? 0;
  }
}

function projectKey(item: Waiting): string {
  return item.project;
}

function executionKey(item: Waiting): string {
  return `${item.project}\n${item.execution}`;
}
