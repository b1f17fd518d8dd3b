import { hasStatus } from "../../idl/status.ts";
import { FlyteError } from "../../std/errors.ts";

/** The answer of a catalog call; FlyteError CATALOG_NOT_EXPOSED where the deployment serves no catalog beside its admin. */
export async function catalogCall<T>(endpoint: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!hasStatus(error, "UNIMPLEMENTED")) throw error;
    throw new FlyteError({
      code: "CATALOG_NOT_EXPOSED",
      blame: "deployment",
      message: `${endpoint} does not expose its data catalog`,
      hint: "give the catalog's own address with --endpoint (inside of a cluster: datacatalog:89)",
      details: { endpoint },
      cause: error,
    });
  }
}
