import { flyteidl } from "../../idl/flyteidl.ts";
import { StatusError } from "../../idl/status.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ConnectorAnswer, ConnectorJob } from "../../ports/connector-client.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { Served } from "./connector-directory.ts";
import { createHeader } from "./create-request.ts";
import { readAnswer, type JobPhase } from "./read-answer.ts";

/** The beginning of an attempt: a job, by what the connector gives for it, or what it has come to at once. */
export type Begun = { readonly meta: Uint8Array } | { readonly phase: JobPhase };

/** The bytes that a connector may give for a job: they are saved with the attempt. */
const longestMeta = 256 << 10;

/** The task's type as connectors are named by. */
export function categoryOf({ template }: TaskContext): { readonly name: string; readonly version: number } {
  return { name: template.type ?? "", version: template.taskTypeVersion ?? 0 };
}

/** Has a connector begin a task, or do all of it. StatusErrors as the connector's, INTERNAL for an answer that makes no sense. */
export async function beginTask(context: TaskContext, blobs: BlobStore, { server, isSync }: Served, signal: AbortSignal): Promise<Begun> {
  const { CreateRequestHeader, CreateTaskRequest } = flyteidl.admin;
  const header = await createHeader(context, blobs);
  const inputs = await context.inputs();
  if (isSync) {
    const encoded = flyteidl.core.LiteralMap.encode(inputs).finish();
    const answer = await server.execute(CreateRequestHeader.encode(header).finish(), encoded, signal);
    return { phase: await phaseOf(context, blobs, answer, true) };
  }
  const { template, outputPrefix, taskExecutionMetadata } = header;
  const meta = await server.create(CreateTaskRequest.encode({ inputs, template, outputPrefix, taskExecutionMetadata }).finish());
  if (meta.length <= longestMeta) return { meta };
  throw new StatusError("INTERNAL", `the connector's resource_meta is ${meta.length} bytes; at most ${longestMeta} are accepted`);
}

/** What has become of a job. Errors likewise. */
export async function askForJob(context: TaskContext, blobs: BlobStore, { server }: Served, job: ConnectorJob): Promise<JobPhase> {
  return phaseOf(context, blobs, await server.get(job, context.outputPrefix), false);
}

/** Outputs go where the attempt's belong; only its end stays in memory. */
async function phaseOf(context: TaskContext, blobs: BlobStore, answer: ConnectorAnswer, isSync: boolean): Promise<JobPhase> {
  const found = readAnswer(answer, context.template, isSync);
  if (!found) {
    const { phase, state } = answer.resource;
    throw new StatusError("INTERNAL", phase ? `unknown execution phase [${phase}].` : `unknown execution state [${state ?? 0}].`);
  }
  const { outputs, ...phase } = found;
  if (outputs) await blobs.put(`${context.outputPrefix}/outputs.pb`, outputs, { isPutAgain: true });
  return phase;
}
