import { constants } from "node:http2";
import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { StatusError } from "../idl/status.ts";
import type { Clock } from "../std/clock.ts";
import { systemClock } from "../std/clock.ts";
import { messageOf } from "../std/errors.ts";
import type { Random } from "../std/random.ts";
import { systemRandom } from "../std/random.ts";
import { parseEndpoint } from "./endpoint.ts";
import { frameMessage, readFrames } from "./grpc-frames.ts";
import { openSession } from "./http2-session.ts";
import type { Session } from "./http2-session.ts";
import { isIdempotent, retryUnavailable } from "./retry.ts";
import { statusOfHttp } from "./status-of-http.ts";
import { statusOfTrailers } from "./status-of-trailers.ts";
import { unreachable } from "./unreachable.ts";

export interface ConnectOptions {
  /** `dns:///host:port` or `host:port`. */
  readonly endpoint: string;
  readonly insecure: boolean;
  readonly insecureSkipVerify?: boolean;
  /** PEM. */
  readonly caCertificate?: string;
  /** Headers of every call, e.g. authorization; asked for each call. */
  readonly metadata?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Of one call unless it says otherwise; 0 = none. Default 30 s. */
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** Largest reply in bytes; default 20 MiB, as flytekit's. */
  readonly maxReceive?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface CallOptions {
  /** 0 = none. Streams have none by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Bytes in, bytes out: gRPC to one deployment over one connection, opened at the first call and again after it is lost. */
export interface FlyteClient {
  readonly endpoint: string;
  readonly insecure: boolean;
  /**
   * `service` is the full name (`flyteidl.service.AdminService`). Throws StatusError with details (also DEADLINE_EXCEEDED
   * and CANCELLED), or FlyteError ENDPOINT_UNREACHABLE when no gRPC server answers. UNAVAILABLE is tried again for methods
   * that only read.
   */
  unary(service: string, method: string, request: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** Ends when the server ends it with OK; throws as `unary`, is never tried again. Of several `requests`, as one that streams sends, all are sent at once. */
  serverStream(
    service: string,
    method: string,
    requests: Uint8Array | readonly Uint8Array[],
    options?: CallOptions,
  ): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** A client of any Flyte deployment. Nothing is sent before the first call; an idle client does not keep the process alive. */
export function connect(options: ConnectOptions): FlyteClient {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const maxReceive = options.maxReceive ?? 20 << 20;
  const endpoint = parseEndpoint(options.endpoint, options.insecure);
  let opening: { readonly session: Promise<Session>; readonly giveUp: AbortController; waiting: number } | undefined;
  let current: Session | undefined;
  let closed = false;

  function open(): NonNullable<typeof opening> {
    const giveUp = new AbortController();
    const session = openSession({
      endpoint,
      insecure: options.insecure,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      signal: giveUp.signal,
      clock,
      ...(options.insecureSkipVerify === undefined ? {} : { insecureSkipVerify: options.insecureSkipVerify }),
      ...(options.caCertificate === undefined ? {} : { caCertificate: options.caCertificate }),
    });
    const attempt = { session, giveUp, waiting: 0 };
    void settle(attempt);
    return attempt;
  }

  async function settle(attempt: NonNullable<typeof opening>): Promise<void> {
    try {
      const made = await attempt.session;
      if (closed || attempt.giveUp.signal.aborted) made.http2.destroy();
      else current = made;
    } catch {
      // Told by whoever waits for it.
    }
    if (opening === attempt) opening = undefined;
  }

  /** The connection; CANCELLED or ENDPOINT_UNREACHABLE when the call is over before it is made. Given up when nobody waits for it. */
  async function session(deadline: number | undefined, signal: AbortSignal | undefined): Promise<Session> {
    if (closed) throw new StatusError("CANCELLED", "the client is closed");
    if (current?.usable()) return current;
    const attempt = (opening ??= open());
    attempt.waiting++;
    const over = Promise.withResolvers<never>();
    const onAbort = (): void => over.reject(cancelled());
    signal?.addEventListener("abort", onAbort, { once: true });
    const late = (): void => over.reject(unreachable(options.endpoint, options.insecure, timedOut()));
    const noDeadline = deadline === undefined ? undefined : clock.at(deadline, late);
    try {
      const made = attempt.session.catch((error: unknown) => {
        throw closed ? new StatusError("CANCELLED", "the client is closed") : unreachable(options.endpoint, options.insecure, error);
      });
      return await Promise.race([made, over.promise]);
    } finally {
      noDeadline?.();
      signal?.removeEventListener("abort", onAbort);
      if (--attempt.waiting === 0 && opening === attempt) {
        opening = undefined;
        attempt.giveUp.abort();
      }
    }
  }

  async function* call(
    path: string,
    requests: Uint8Array | readonly Uint8Array[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (signal?.aborted) throw cancelled();
    const deadline = timeoutMs > 0 ? clock.now() + timeoutMs : undefined;
    const own = await options.metadata?.();
    const live = await session(deadline, signal);
    // It may have been aborted while the connection was made.
    if (signal?.aborted) throw cancelled();
    if (live.http2.destroyed)
      throw closed ? new StatusError("CANCELLED", "the client is closed") : explain(new Error("it was closed"), live);
    const stream = live.http2.request({
      ...own,
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc+proto",
      te: "trailers",
      "user-agent": "flyte-cli",
      "grpc-accept-encoding": "identity",
      ...(deadline === undefined ? {} : { "grpc-timeout": grpcTimeout(Math.max(1, deadline - clock.now())) }),
    });
    const release = live.hold();
    let ended: StatusError | undefined;
    const end = (reason: StatusError): void => {
      ended ??= reason;
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const onAbort = (): void => end(cancelled());
    signal?.addEventListener("abort", onAbort, { once: true });
    const noDeadline =
      deadline === undefined
        ? undefined
        : clock.at(deadline, () => end(new StatusError("DEADLINE_EXCEEDED", `no answer within ${timeoutMs} ms`)));
    const answer = listen(stream);
    let broken: unknown;
    try {
      stream.end(requests instanceof Uint8Array ? frameMessage(requests) : Buffer.concat(requests.map(frameMessage)));
      yield* readFrames(stream as AsyncIterable<Uint8Array>, maxReceive);
    } catch (error) {
      broken = error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      noDeadline?.();
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      release();
    }
    // What the server said goes before what became of the connection after it; a reply that is not whole is never OK.
    const said = ended ?? answer.status();
    if (said instanceof StatusError) throw said;
    const proxy = answer.proxy();
    if (proxy) throw proxy;
    if (broken instanceof StatusError) throw broken;
    if (said === "OK") return;
    throw explain(broken ?? new Error("the stream ended without a status"), live);
  }

  /** What a broken stream means, when the server has said nothing. */
  function explain(error: unknown, live: Session): Error {
    const cause = live.failure() ?? error;
    if (!live.spoke())
      return unreachable(options.endpoint, options.insecure, Object.assign(new Error(messageOf(cause), { cause }), { code: "NOT_GRPC" }));
    return new StatusError("UNAVAILABLE", `the connection to ${options.endpoint} was lost: ${messageOf(cause)}`, [], cause);
  }

  async function once(path: string, method: string, request: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Uint8Array> {
    let reply: Uint8Array | undefined;
    for await (const message of call(path, request, timeoutMs, signal)) reply = message;
    if (reply === undefined) throw new StatusError("INTERNAL", `${method} was answered without a reply`);
    return reply;
  }

  return {
    endpoint: options.endpoint,
    insecure: options.insecure,
    unary(service, method, request, callOptions = {}) {
      const timeoutMs = callOptions.timeoutMs ?? options.timeoutMs ?? 30_000;
      const attempt = (): Promise<Uint8Array> => once(`/${service}/${method}`, method, request, timeoutMs, callOptions.signal);
      if (!isIdempotent(method)) return attempt();
      return retryUnavailable(attempt, { clock, random, ...(callOptions.signal ? { signal: callOptions.signal } : {}) });
    },
    serverStream: (service, method, requests, callOptions = {}) =>
      call(`/${service}/${method}`, requests, callOptions.timeoutMs ?? 0, callOptions.signal),
    async close() {
      closed = true;
      opening?.giveUp.abort();
      const open = current;
      if (!open || open.http2.destroyed) return;
      await new Promise<void>((resolve) => {
        open.http2.once("close", () => resolve());
        open.http2.destroy();
      });
    },
  };
}

const cancelled = (): StatusError => new StatusError("CANCELLED", "the call was cancelled");
const timedOut = (): Error => Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });

/** gRPC allows eight digits and a unit. */
function grpcTimeout(milliseconds: number): string {
  const rounded = Math.ceil(milliseconds);
  return rounded < 1e8 ? `${rounded}m` : `${Math.min(99_999_999, Math.ceil(rounded / 1000))}S`;
}

interface Answer {
  /** What grpc-status says, once it is there. */
  status(): StatusError | "OK" | undefined;
  /** The error in an HTTP answer that is none of gRPC's. */
  proxy(): StatusError | undefined;
}

/** Collects headers and trailers. */
function listen(stream: ClientHttp2Stream): Answer {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.once("response", (received) => (headers = received));
  stream.once("trailers", (received) => (trailers = received));
  return {
    status() {
      const said = trailers["grpc-status"] === undefined ? headers : trailers;
      return said["grpc-status"] === undefined ? undefined : (statusOfTrailers(said) ?? "OK");
    },
    proxy() {
      const isGrpc = headers["content-type"]?.startsWith("application/grpc");
      return headers[":status"] === undefined || (isGrpc && Number(headers[":status"]) === 200) ? undefined : statusOfHttp(headers);
    },
  };
}
