import type { AdminClient } from "../../client/admin-client.ts";
import { identifierOf } from "../../idl/identifiers.ts";
import type { CompiledWorkflowClosure } from "../../idl/types.ts";
import { parseUrn } from "../../idl/urn.ts";
import { fetchClosure, nodeName } from "../fetch/node-definitions.ts";
import type { PhaseChange } from "./phase-change.ts";

/** Gives phase changes the names of their nodes, from the workflow that the execution's own change tells of. */
export class ChangeNames {
  readonly #admin: AdminClient;
  readonly #specNodeIds = new Map<string, string | null>();
  #closure: Promise<CompiledWorkflowClosure | undefined> | undefined;

  constructor(admin: AdminClient) {
    this.#admin = admin;
  }

  async named(change: PhaseChange): Promise<PhaseChange> {
    if (change.workflow !== null) this.#closure ??= this.#fetch(change.workflow);
    const { nodeId, level } = change;
    if (nodeId === null) return change;
    if (level === "node") this.#specNodeIds.set(nodeId, change.specNodeId);
    const name = nodeName(await this.#closure, { nodeId, specNodeId: this.#specNodeIds.get(nodeId) ?? null });
    return name === undefined ? change : { ...change, name };
  }

  async #fetch(urn: string): Promise<CompiledWorkflowClosure | undefined> {
    try {
      const parsed = parseUrn(urn);
      if (parsed.kind !== "workflow") return undefined;
      return await fetchClosure(this.#admin, identifierOf("WORKFLOW", { ...parsed, version: parsed.version ?? "" }));
    } catch {
      // A watch goes on without names.
      return undefined;
    }
  }
}
