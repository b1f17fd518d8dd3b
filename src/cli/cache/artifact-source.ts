import type { datacatalog } from "../../idl/flyteidl.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import { formatUrn } from "../../idl/urn.ts";

/** What an artifact's metadata say of the node execution it came from. */
export function sourceOf(artifact: datacatalog.Artifact.$Properties): NodeExecutionId | undefined {
  const keys = artifact.metadata?.keyMap ?? {};
  const [project, domain, name, nodeId] = [keys["exec-project"], keys["exec-domain"], keys["execution-name"], keys["exec-node"]];
  return project && domain && name && nodeId ? { execution: { project, domain, name }, nodeId } : undefined;
}

/** The same as a URN; null when it does not say. */
export function sourceUrn(artifact: datacatalog.Artifact.$Properties): string | null {
  const id = sourceOf(artifact);
  return id ? formatUrn({ kind: "node_execution", id }) : null;
}
