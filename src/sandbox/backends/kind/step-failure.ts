import { FlyteError, messageOf } from "../../../std/errors.ts";
import { errorFields } from "./error-fields.ts";
import { dockerGone } from "./while-node-runs.ts";

/** What a step has met, as an error that names the step and what it is about. */
export function stepFailure(step: string, thrown: unknown): FlyteError {
  const found = isFull(thrown) ? diskFull(thrown) : isUnreachable(thrown) ? dockerGone(thrown) : thrown;
  if (found instanceof FlyteError) {
    const said = errorFields(found);
    return new FlyteError({ ...said, message: `step ${step} failed: ${said.message}`, details: { ...said.details, step } });
  }
  return new FlyteError({
    code: "SANDBOX_STEP_FAILED",
    blame: "environment",
    message: `step ${step} failed: ${messageOf(found)}`,
    hint: "mend what it names and start again; `docker ps --all` and `docker system df` show whether Docker is well",
    details: { step },
    cause: found,
  });
}

/** Said by Docker, by kind, or by a program in the node. */
const isFull = (thrown: unknown): boolean => /no space left on device|disk quota exceeded/i.test(messageOf(thrown));

/** A socket of Docker's that nobody listens on any more, or that was closed in the middle. What has a status was answered. */
function isUnreachable(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown instanceof FlyteError || "statusCode" in thrown || !("syscall" in thrown || "code" in thrown))
    return false;
  const code = "code" in thrown ? thrown.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE" || ("syscall" in thrown && thrown.syscall === "connect");
}

function diskFull(cause: unknown): FlyteError {
  return new FlyteError({
    code: "SANDBOX_DISK_FULL",
    blame: "environment",
    message: `the disk of the Docker engine is full: ${messageOf(cause)}`,
    hint: "free some room and start again; docker system df shows what takes it, docker image prune removes what no name leads to",
    cause,
  });
}
