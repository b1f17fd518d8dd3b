import type Docker from "dockerode";
import { FlyteError, messageOf } from "../../../std/errors.ts";

/**
 * Runs `action` with a signal that is `signal` and is also aborted when the node stops, or Docker itself, with a FlyteError that says
 * so: SANDBOX_NODE_STOPPED, SANDBOX_DOCKER_GONE. Nobody waits for a cluster that is not there any more.
 */
export async function whileNodeRuns<T>(
  node: Docker.Container,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const gone = new AbortController();
  const watching = node.wait({ abortSignal: ended.signal }).then(
    ({ StatusCode: code }: { readonly StatusCode: number }) => gone.abort(nodeStopped(code)),
    (error: unknown) => gone.abort(dockerGone(error)),
  );
  try {
    return await action(AbortSignal.any([signal, gone.signal]));
  } catch (error) {
    if (signal.aborted) throw error;
    // What was under way ends in its own words, a moment before Docker tells why.
    if (!gone.signal.aborted) await Promise.race([watching, new Promise((resolve) => setTimeout(resolve, momentMs))]);
    throw gone.signal.aborted ? gone.signal.reason : error;
  } finally {
    ended.abort();
  }
}

const momentMs = 200;

function nodeStopped(code: number): FlyteError {
  return new FlyteError({
    code: "SANDBOX_NODE_STOPPED",
    blame: "environment",
    message: `the cluster's node has stopped meanwhile, with exit code ${code}`,
    hint: "somebody has stopped it, or Docker has, or it was out of memory: see docker events --since 10m, and start again",
    details: { exitCode: code },
  });
}

export function dockerGone(cause: unknown): FlyteError {
  return new FlyteError({
    code: "SANDBOX_DOCKER_GONE",
    blame: "environment",
    message: `the Docker engine does not answer any more: ${messageOf(cause)}`,
    hint: "start Docker, and run the same command again",
    cause,
  });
}
