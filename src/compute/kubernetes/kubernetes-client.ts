import { Agent, type Dispatcher, request } from "undici";
import { StatusError } from "../../idl/status.ts";
import { type KubernetesCause, KubernetesError } from "../../ports/kubernetes-api.ts";
import { messageOf } from "../../std/errors.ts";
import type { KubeConnection } from "./kube-config.ts";

type Body = Dispatcher.ResponseData["body"];
type Query = Readonly<Record<string, string>>;

/** Beyond it an answer is not read. A page of pods has some megabytes. */
const largestAnswer = 64 << 20;
const callTimeoutMs = 30_000;

/** The API server's HTTP, with JSON as it is. Rejects with KubernetesError, or UNAVAILABLE where nobody answers. */
export class KubernetesClient {
  readonly #connection: KubeConnection;
  readonly #agent: Agent;

  constructor(connection: KubeConnection) {
    this.#connection = connection;
    const { ca, cert, key, insecure } = connection;
    this.#agent = new Agent({
      connect: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        rejectUnauthorized: !insecure,
        keepAlive: true,
        timeout: 10_000,
      },
    });
  }

  /** The answer's JSON. `contentType` is that of a patch. */
  async call(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    options: { readonly query?: Query; readonly body?: object; readonly contentType?: string; readonly signal?: AbortSignal } = {},
  ): Promise<unknown> {
    const answer = await this.#request(method, path, { ...options, idleMs: callTimeoutMs });
    const text = await readText(answer.body);
    if (answer.statusCode >= 300) throw errorOf(this.#connection.server, answer.statusCode, text);
    return JSON.parse(text);
  }

  /**
   * An answer that goes on, as its bytes come; it ends with an error when none come for `idleMs`, and there is none that has not begun
   * in `firstMs`; 0 for any time.
   */
  async stream(
    path: string,
    query: Query,
    idleMs: number,
    signal: AbortSignal,
    firstMs = callTimeoutMs,
  ): Promise<AsyncIterable<Uint8Array>> {
    const answer = await this.#request("GET", path, { query, idleMs, firstMs, signal });
    if (answer.statusCode >= 300) throw errorOf(this.#connection.server, answer.statusCode, await readText(answer.body));
    return answer.body as AsyncIterable<Uint8Array>;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #request(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    options: {
      readonly query?: Query;
      readonly body?: object;
      readonly contentType?: string;
      readonly signal?: AbortSignal;
      readonly firstMs?: number;
      readonly idleMs: number;
    },
  ): Promise<Dispatcher.ResponseData> {
    const token = await this.#connection.token();
    try {
      return await request(`${this.#connection.server}${path}`, {
        dispatcher: this.#agent,
        method,
        headers: {
          accept: "application/json",
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(options.body && { "content-type": options.contentType ?? "application/json" }),
        },
        headersTimeout: options.firstMs ?? callTimeoutMs,
        bodyTimeout: options.idleMs,
        ...(options.query && { query: options.query }),
        ...(options.body && { body: JSON.stringify(options.body) }),
        ...(options.signal && { signal: options.signal }),
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new StatusError(
        "UNAVAILABLE",
        `the Kubernetes API server at ${this.#connection.server} does not answer: ${messageOf(error)}`,
        [],
        error,
      );
    }
  }
}

async function readText(body: Body): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > largestAnswer) throw new StatusError("RESOURCE_EXHAUSTED", `the API server's answer is larger than ${largestAnswer} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** A server that is busy or broken, or does not know us, is no news about the object: UNAVAILABLE, with the server's address. */
function errorOf(server: string, status: number, text: string): KubernetesError | StatusError {
  let told: { readonly reason?: unknown; readonly message?: unknown; readonly details?: { readonly causes?: unknown } } = {};
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    // A proxy's page, most likely.
  }
  const message = typeof told.message === "string" ? told.message : text.slice(0, 500);
  if (status === 401)
    return new StatusError("UNAVAILABLE", `the Kubernetes API server at ${server} does not know who we are (401): ${message}`);
  if (status === 429 || status >= 500)
    return new StatusError("UNAVAILABLE", `the Kubernetes API server at ${server} answers ${status}: ${message}`);
  return new KubernetesError(status, typeof told.reason === "string" ? told.reason : "", message, causesOf(told.details?.causes));
}

function causesOf(causes: unknown): readonly KubernetesCause[] {
  if (!Array.isArray(causes)) return [];
  return (causes as readonly Partial<KubernetesCause>[]).map(({ reason = "", field = "", message = "" }) => ({ reason, field, message }));
}
