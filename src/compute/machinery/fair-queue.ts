/** What waits for a slot. */
export interface Waiting {
  readonly name: string;
  readonly project: string;
  readonly execution: string;
}

/** Who waits of one execution, in the order of arrival. */
interface Line<Item> {
  readonly project: string;
  readonly execution: string;
  /** It is served under this. */
  readonly key: string;
  readonly items: Map<string, Item>;
}

/** Served keys are forgotten beyond this many, oldest first. */
const remembered = 4096;

/**
 * Round robin by project, then by execution within it, then by arrival: whoever was served longest ago is next, so a
 * thousand waiting attempts of one execution do not keep another's first one waiting.
 */
export class FairQueue<Item extends Waiting> {
  /** Lines of each project, by execution; none is empty. */
  readonly #projects = new Map<string, Map<string, Line<Item>>>();
  readonly #lines = new Map<string, Line<Item>>();
  /** Keys in the order they were last served. */
  readonly #served = new Map<string, number>();
  #turn = 0;

  add(item: Item): void {
    const { name, project, execution } = item;
    let lines = this.#projects.get(project);
    if (!lines) this.#projects.set(project, (lines = new Map()));
    let line = lines.get(execution);
    if (!line) lines.set(execution, (line = { project, execution, key: `${project}\n${execution}`, items: new Map() }));
    line.items.set(name, item);
    this.#lines.set(name, line);
  }

  delete(name: string): boolean {
    const line = this.#lines.get(name);
    if (!line) return false;
    this.#lines.delete(name);
    line.items.delete(name);
    if (line.items.size > 0) return true;
    const lines = this.#projects.get(line.project);
    lines?.delete(line.execution);
    if (lines?.size === 0) this.#projects.delete(line.project);
    return true;
  }

  /** Who is next; it stays in the queue. */
  peek(): Item | undefined {
    const project = this.#longestAgo(this.#projects.keys(), (key) => key);
    if (project === undefined) return undefined;
    const line = this.#longestAgo(this.#projects.get(project)?.values() ?? [], ({ key }) => key);
    return line?.items.values().next().value;
  }

  /** Takes the item out, and its project and execution go to the end of the round. */
  take(item: Item): void {
    const line = this.#lines.get(item.name);
    if (!line) return;
    this.delete(item.name);
    for (const key of [line.project, line.key]) {
      this.#served.delete(key);
      this.#served.set(key, ++this.#turn);
    }
    for (const key of this.#served.keys()) {
      if (this.#served.size <= remembered) break;
      this.#served.delete(key);
    }
  }

  /** Of those that were never served the first that came. */
  #longestAgo<Each>(candidates: Iterable<Each>, keyOf: (one: Each) => string): Each | undefined {
    let best: Each | undefined;
    let least = Infinity;
    for (const one of candidates) {
      const last = this.#served.get(keyOf(one)) ?? 0;
      if (last < least) [best, least] = [one, last];
    }
    return best;
  }
}
