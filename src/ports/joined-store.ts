import type { StateWriter } from "./state-store.ts";
import type { WorkflowSave } from "./workflow-store.ts";

/** Admin's tables and propeller's, where both are in one database. */
export interface JoinedStore {
  /** As StateStore.write; `save` is WorkflowStore.save within that transaction. */
  writeBoth<T>(work: (writer: StateWriter, save: (save: WorkflowSave) => Promise<boolean>) => Promise<T>): Promise<T>;
}
