import { flyteidl } from "../idl/flyteidl.ts";

export const startNodeId = "start-node";
export const endNodeId = "end-node";

/** The edges of a workflow while it is compiled. An empty id is the start node. */
export class WorkflowGraph {
  readonly #downstream = new Map<string, Set<string>>();
  readonly #upstream = new Map<string, Set<string>>();

  addEdge(from: string, to: string): void {
    const source = from || startNodeId;
    insert(this.#downstream, source, to);
    insert(this.#upstream, to, source);
  }

  /** What `to` waits for, as it is not reached by walking on from `from`: arms of branches, and failure nodes. */
  addUpstream(from: string, to: string): void {
    insert(this.#upstream, to, from || startNodeId);
  }

  hasUpstream(id: string): boolean {
    return this.#upstream.has(id);
  }

  hasDownstream(id: string): boolean {
    return this.#downstream.has(id);
  }

  /** What a depth-first walk along the edges reaches, or the first cycle it meets: its nodes, the first one again at the end. */
  walk(from: string): { readonly reached: ReadonlySet<string> } | { readonly cycle: readonly string[] } {
    const reached = new Set<string>();
    const path: string[] = [];
    const onPath = new Set<string>();
    // Not recursive: a chain may have thousands of nodes.
    const stack: { id: string; next: readonly string[]; index: number }[] = [];
    const enter = (id: string): void => {
      reached.add(id);
      path.push(id);
      onPath.add(id);
      stack.push({ id, next: sorted(this.#downstream.get(id)), index: 0 });
    };
    enter(from);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.next[top.index++];
      if (next === undefined) {
        stack.pop();
        path.pop();
        onPath.delete(top.id);
      } else if (onPath.has(next)) {
        return { cycle: [...path.slice(path.indexOf(next)), next] };
      } else if (!reached.has(next)) {
        enter(next);
      }
    }
    return { reached };
  }

  connections(): flyteidl.core.ConnectionSet.$Properties {
    return { downstream: idLists(this.#downstream), upstream: idLists(this.#upstream) };
  }
}

function insert(edges: Map<string, Set<string>>, key: string, value: string): void {
  const set = edges.get(key);
  if (set === undefined) edges.set(key, new Set([value]));
  else set.add(value);
}

const sorted = (ids: ReadonlySet<string> | undefined): readonly string[] => [...(ids ?? [])].sort();

function idLists(edges: ReadonlyMap<string, ReadonlySet<string>>): Record<string, flyteidl.core.ConnectionSet.IdList.$Properties> {
  return Object.fromEntries(sorted(new Set(edges.keys())).map((key) => [key, { ids: [...sorted(edges.get(key))] }]));
}
