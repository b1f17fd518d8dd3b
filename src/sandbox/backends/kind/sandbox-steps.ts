import { FlyteError, messageOf } from "../../../std/errors.ts";
import { stepFailure } from "./step-failure.ts";
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
    // A reason of ours is why there is no going on; anything else is the user's wish.
    if (signal.aborted && !(reason instanceof FlyteError)) throw reason;
    throw stepFailure(step, reason);
  }
}
