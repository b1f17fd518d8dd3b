import { flyteidl } from "../../../idl/flyteidl.ts";
import type { AdminDeps } from "../admin-deps.ts";

/** GetDomains. */
export async function getDomains(deps: AdminDeps): Promise<Uint8Array> {
  return flyteidl.admin.GetDomainsResponse.encode({ domains: deps.settings.domains.map((id) => ({ id, name: id })) }).finish();
}
