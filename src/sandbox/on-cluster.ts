import { FlyteError } from "../std/errors.ts";
import { noSuchSandbox } from "./no-such-sandbox.ts";
import { readRecord, type SandboxRecord } from "./sandbox-record.ts";

/** The record of a sandbox on kind. SANDBOX_NOT_FOUND; SANDBOX_COMMAND_UNSUPPORTED for one that has no cluster. */
export async function onCluster(name: string, command: string): Promise<SandboxRecord & Required<Pick<SandboxRecord, "kind">>> {
  const record = await readRecord(name);
  if (!record) throw await noSuchSandbox(name);
  if (record.kind) return { ...record, kind: record.kind };
  throw new FlyteError({
    code: "SANDBOX_COMMAND_UNSUPPORTED",
    blame: "usage",
    message: `"${name}" is on the ${record.backend} backend, a process of this machine: ${command} needs a cluster`,
    hint: "start one that has: flyte sandbox start --backend kind --name NAME",
    details: { name, backend: record.backend },
  });
}
