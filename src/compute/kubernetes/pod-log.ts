import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

export interface PodLogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Goes on until the container has ended. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const idleMs = 30_000;

/**
 * What a container that has begun wrote so far, as kubelet keeps it, in pieces. Rejects with KubernetesError, or UNAVAILABLE when the
 * API server or kubelet does not answer; the pieces end with UNAVAILABLE where the connection breaks.
 */
export async function readPodLog(client: KubernetesClient, request: PodLogRequest): Promise<AsyncIterable<Uint8Array>> {
  const { namespace, pod, container, follow, signal } = request;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  if (!follow) return pieces(await client.stream(path, { container }, idleMs, signal), signal);
  // A log that is followed is not answered before its first line, which may take any time. So whether it can be had at all is asked first.
  const asked = await client.stream(path, { container, tailLines: "0" }, idleMs, signal);
  for await (const _ of asked);
  return followed(client, path, container, signal);
}

async function* followed(
  client: KubernetesClient,
  path: string,
  container: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces(await client.stream(path, { container, follow: "true" }, 0, signal, 0), signal);
}

async function* pieces(stream: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new StatusError("UNAVAILABLE", `the log broke off: ${messageOf(error)}`, [], error);
  }
}
