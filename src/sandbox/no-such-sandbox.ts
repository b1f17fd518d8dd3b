import { FlyteError } from "../std/errors.ts";
import { listRecords } from "./sandbox-record.ts";

/** The error for a sandbox that was never started, naming those there are. */
export async function noSuchSandbox(name: string): Promise<FlyteError> {
  const others = (await listRecords()).map((record) => record.name);
  return new FlyteError({
    code: "SANDBOX_NOT_FOUND",
    blame: "usage",
    message: `there is no sandbox "${name}"`,
    hint: others.length > 0 ? `there is: ${others.join(", ")} (--name NAME)` : "start one with: flyte sandbox start",
    details: { name, sandboxes: others },
  });
}
