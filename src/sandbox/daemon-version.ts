import { adminClient } from "../client/admin-client.ts";
import { connect } from "../client/connect.ts";
import { FlyteError } from "../std/errors.ts";

/** What GetVersion answers at `localhost:PORT`; undefined when nothing that speaks Flyte answers within `timeoutMs`. */
export async function daemonVersion(admin: string, timeoutMs = 2000): Promise<string | undefined> {
  const client = connect({ endpoint: admin.replace("localhost", "127.0.0.1"), insecure: true, timeoutMs, connectTimeoutMs: timeoutMs });
  try {
    return (await adminClient(client).getVersion({})).controlPlaneVersion?.Version ?? "";
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}

/** Resolves once GetVersion is answered; SANDBOX_NOT_SERVING after `timeoutMs`. */
export async function waitForVersion(admin: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if ((await daemonVersion(admin)) !== undefined) return;
    if (Date.now() > deadline) {
      throw new FlyteError({
        code: "SANDBOX_NOT_SERVING",
        blame: "environment",
        message: `the engine was started but does not answer on ${admin}`,
        hint: "see what it says with: flyte sandbox logs",
        details: { admin },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
