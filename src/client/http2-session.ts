import { connect as connectHttp2, constants } from "node:http2";
import type { ClientHttp2Session, ClientSessionOptions, SecureClientSessionOptions } from "node:http2";
import { connect as connectSocket } from "node:net";
import type { Clock } from "../std/clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { localhostLookup } from "./localhost-lookup.ts";
import { networkCode } from "./network-reason.ts";

export interface SessionOptions {
  readonly endpoint: Endpoint;
  readonly insecure: boolean;
  readonly insecureSkipVerify?: boolean;
  /** PEM; instead of the system's authorities. */
  readonly caCertificate?: string;
  readonly connectTimeoutMs: number;
  /** Gives up connecting; without a meaning afterwards. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Session {
  readonly http2: ClientHttp2Session;
  /** Whether the other side has shown that it speaks HTTP/2. */
  spoke(): boolean;
  /** Why the session ended, once it has. */
  failure(): unknown;
  usable(): boolean;
  /** Keeps the process alive, and asks for signs of life, until the returned function is called. */
  hold(): () => void;
}

const windowSize = 1 << 20;
const pingEvery = 20_000;
const pingTimeout = 20_000;

/** A connected session. Rejects with the system's error, or an Error with code ETIMEDOUT. Does not keep the process alive. */
export async function openSession(options: SessionOptions): Promise<Session> {
  if (!options.insecure || options.endpoint.host !== "localhost") return await openSessionAt(options);
  // By address: given a name, Node tells by regular expressions that it is no address of IPv6, which take 5 ms to compile.
  try {
    return await openSessionAt(options, "127.0.0.1");
  } catch (error) {
    if (networkCode(error) !== "ECONNREFUSED") throw error;
    return await openSessionAt(options, "::1").catch(() => {
      throw error;
    });
  }
}

/** `address` is where to connect instead of asking for the host's. */
async function openSessionAt(options: SessionOptions, address?: string): Promise<Session> {
  const { host, port } = options.endpoint;
  const authority = `${options.insecure ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const socketOptions = {
    lookup: localhostLookup,
    noDelay: true,
    ...(options.insecure
      ? {}
      : {
          rejectUnauthorized: options.insecureSkipVerify !== true,
          ...(options.caCertificate === undefined ? {} : { ca: options.caCertificate }),
        }),
  };
  const http2 = connectHttp2(authority, {
    ...(socketOptions as ClientSessionOptions & SecureClientSessionOptions),
    ...(address === undefined ? {} : { createConnection: () => connectSocket({ host: address, port, noDelay: true }) }),
    settings: { enablePush: false, initialWindowSize: windowSize },
  });
  let failure: unknown;
  let spoke = false;
  let goingAway = false;
  http2.on("error", (error) => (failure ??= error));
  http2.once("remoteSettings", () => (spoke = true));
  http2.on("goaway", (code) => {
    goingAway = true;
    if (code !== constants.NGHTTP2_NO_ERROR)
      failure ??= Object.assign(new Error(`the deployment closed the connection (HTTP/2 error ${code})`), { code: "GOAWAY" });
  });
  await new Promise<void>((resolve, reject) => {
    const late = options.clock.at(options.clock.now() + options.connectTimeoutMs, () => {
      http2.destroy();
      reject(Object.assign(new Error(`no answer within ${options.connectTimeoutMs} ms`), { code: "ETIMEDOUT" }));
    });
    const giveUp = (): void => http2.destroy();
    options.signal.addEventListener("abort", giveUp, { once: true });
    const cancel = (): void => {
      late();
      options.signal.removeEventListener("abort", giveUp);
    };
    http2.once("connect", () => {
      cancel();
      resolve();
    });
    http2.once("error", (error) => {
      cancel();
      reject(error);
    });
    http2.once("close", () => {
      cancel();
      reject(failure ?? Object.assign(new Error("the connection was closed at once"), { code: "ECONNRESET" }));
    });
  });
  http2.setLocalWindowSize(4 * windowSize);
  http2.unref();
  let held = 0;
  let stopPings = (): void => {};
  return {
    http2,
    spoke: () => spoke,
    failure: () => failure,
    usable: () => !goingAway && !http2.closed && !http2.destroyed,
    hold() {
      if (held++ === 0) {
        http2.ref();
        stopPings = keepAlive(http2, options.clock);
      }
      return () => {
        if (--held > 0) return;
        stopPings();
        if (!http2.destroyed) http2.unref();
      };
    },
  };
}

/** Pings, so that a peer that vanished without a word is noticed: one for all calls, as Go's servers hang up on who sends many. */
function keepAlive(http2: ClientHttp2Session, clock: Clock): () => void {
  let cancel = clock.at(clock.now() + pingEvery, ping);
  function ping(): void {
    if (http2.destroyed) return;
    cancel = clock.at(clock.now() + pingTimeout, () => http2.destroy(new Error("no answer to a ping")));
    const unanswered = cancel;
    http2.ping((error) => {
      unanswered();
      if (!error && !http2.destroyed && cancel === unanswered) cancel = clock.at(clock.now() + pingEvery, ping);
    });
  }
  return () => {
    cancel();
    cancel = () => {};
  };
}
