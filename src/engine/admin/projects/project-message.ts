import { flyteidl } from "../../../idl/flyteidl.ts";
import type { ProjectRow } from "../../../ports/state-store.ts";

/** Encoded admin.Project; domains are the configured ones, every project has them all. */
export function projectMessage(row: ProjectRow, domains: readonly string[]): Uint8Array {
  return flyteidl.admin.Project.encode({
    id: row.identifier,
    name: row.name,
    domains: domains.map((domain) => ({ id: domain, name: domain })),
    description: row.description,
    labels: flyteidl.admin.Labels.decode(row.labels),
    state: row.state,
  }).finish();
}
