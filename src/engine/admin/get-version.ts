import { flyteidl } from "../../idl/flyteidl.ts";
import type { AdminDeps } from "./admin-deps.ts";

/** GetVersion. */
export async function getVersion(deps: AdminDeps): Promise<Uint8Array> {
  return flyteidl.admin.GetVersionResponse.encode({ controlPlaneVersion: { Version: deps.version } }).finish();
}
