import type { ComputeBackend, ComputeSpec, ComputeStatus } from "../../ports/compute-backend.ts";

/** A backend whose attempts do what a test tells them to. */
export interface ScriptedCompute extends ComputeBackend {
  /** Everything that was created, in order, also what was removed since. */
  readonly created: readonly ComputeSpec[];
  /** Gives a known attempt another status, and tells those who listen. RangeError for unknown names. */
  become(name: string, status: ComputeStatus): void;
  /** Adds to an attempt's log, which outlives it. */
  write(name: string, text: string): void;
}

/** Attempts wait until told otherwise; nothing runs. For tests and simulations. */
export function createScriptedCompute(options: { readonly sharesFiles?: boolean } = {}): ScriptedCompute {
  const attempts = new Map<string, { readonly spec: ComputeSpec; status: ComputeStatus }>();
  const logs = new Map<string, string>();
  const created: ComputeSpec[] = [];
  const listeners = new Set<(name: string, labels: Readonly<Record<string, string>>) => void>();
  return {
    id: "scripted",
    sharesFiles: options.sharesFiles ?? false,
    created,
    async create(spec) {
      if (attempts.has(spec.name)) return;
      attempts.set(spec.name, { spec, status: { state: "WAITING", reason: "scripted" } });
      created.push(spec);
    },
    status: async (name) => attempts.get(name)?.status,
    async list(labels) {
      const wanted = Object.entries(labels);
      return [...attempts.values()]
        .filter(({ spec }) => wanted.every(([key, value]) => spec.labels[key] === value))
        .map(({ spec }) => spec.name);
    },
    async *logs(name) {
      const text = logs.get(name);
      if (text !== undefined) yield Buffer.from(text);
    },
    async remove(name) {
      attempts.delete(name);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    become(name, status) {
      const attempt = attempts.get(name);
      if (!attempt) throw new RangeError(`no attempt is called ${name}`);
      attempt.status = status;
      for (const listener of listeners) listener(name, attempt.spec.labels);
    },
    write(name, text) {
      logs.set(name, (logs.get(name) ?? "") + text);
    },
  };
}
