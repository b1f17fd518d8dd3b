import type { CompiledWorkflowClosure } from "../../idl/types.ts";

/** A workflow's outputs in the order in which it returns them: that of their bindings, for a signature is a map without order. */
export function outputOrder(closure: CompiledWorkflowClosure | null | undefined): string[] {
  return (closure?.primary?.template?.outputs ?? []).map((binding) => binding.var ?? "");
}

/** The record with its keys in that order; those it does not name behind, by name, `o2` before `o10` (a task's unnamed outputs). */
export function inSignatureOrder<Value>(record: Readonly<Record<string, Value>>, order: readonly string[] = []): Record<string, Value> {
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b, "en", { numeric: true })));
}
