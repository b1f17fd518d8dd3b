import type { AdminClient } from "../client/admin-client.ts";

/** The deployment a command speaks to, with the project and domain that are meant when none is given. */
export interface Deployment {
  readonly admin: AdminClient;
  /** `host:port` as configured. */
  readonly endpoint: string;
  /** Where the endpoint was set, for people. */
  readonly source: string;
  readonly project: string;
  readonly domain: string;
}
