import { FlyteError, messageOf } from "../../../std/errors.ts";
import { errorFields } from "./error-fields.ts";
import type { SandboxStep, Tell } from "../../sandbox-event.ts";

/** What a start on kind does, in order. */
export const kindSteps = [
  { id: "preflight", title: "This machine" },
  { id: "images", title: "Images" },
  { id: "cluster", title: "Cluster" },
  { id: "load", title: "Images in the cluster" },
  { id: "postgres", title: "Postgres" },
  { id: "minio", title: "MinIO" },
  { id: "registry", title: "Registry" },
  { id: "engine", title: "Engine" },
  { id: "ready", title: "Ready" },
] as const satisfies readonly SandboxStep[];

export type KindStep = (typeof kindSteps)[number]["id"];

/** Tells what a step does while it does it. */
export type Progress = (message: string) => void;

/**
 * Runs one step and tells its beginning and end. What it throws becomes a FlyteError that names the step; why an interrupted
 * one ended is passed on as it is.
 */
export async function runStep<T>(
  step: KindStep,
  tell: Tell,
  signal: AbortSignal,
  action: (progress: Progress) => Promise<readonly [result: T, done: string]>,
): Promise<T> {
  const { title = step } = kindSteps.find(({ id }) => id === step) ?? {};
  const progress: Progress = (message) => tell({ type: "step", step, status: "running", message });
  try {
    signal.throwIfAborted();
    progress(title);
    const [result, message] = await action(progress);
    tell({ type: "step", step, status: "done", message });
    return result;
  } catch (thrown) {
    const reason: unknown = signal.aborted ? signal.reason : thrown;
    tell({ type: "step", step, status: "failed", message: `${title}: ${messageOf(reason).split("\n", 1)[0]}` });
    if (signal.aborted) throw reason;
    throw failed(step, thrown);
  }
}

function failed(step: KindStep, thrown: unknown): FlyteError {
  if (thrown instanceof FlyteError) {
    const said = errorFields(thrown);
    return new FlyteError({ ...said, message: `step ${step} failed: ${said.message}`, details: { ...said.details, step } });
  }
  return new FlyteError({
    code: "SANDBOX_STEP_FAILED",
    blame: "environment",
    message: `step ${step} failed: ${messageOf(thrown)}`,
    hint: "mend what it names and start again; `docker ps --all` and `docker system df` show whether Docker is well",
    details: { step },
    cause: thrown,
  });
}
