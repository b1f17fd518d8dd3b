import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../std/clock.ts";
import type { Logger } from "../../std/logger.ts";
import type { Random } from "../../std/random.ts";
import type { ServiceHandlers } from "../service.ts";

export interface Health {
  serving(): boolean;
  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** What was unexpected in a call; the caller got INTERNAL with the request id. */
export interface InternalError {
  readonly method: string;
  readonly requestId: string;
  readonly error: unknown;
}

/** A handler for every path below a prefix such as `/logs/`, behind the Host and Origin checks. */
export interface HttpRoute {
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export interface GatewayOptions {
  readonly services: readonly ServiceHandlers[];
  /** All answer the same; 0 for any free one. */
  readonly ports: readonly number[];
  /** An address of this machine's loopback, unless `isExposed`. */
  readonly host: string;
  /** Others may reach it: who they are is somebody else's to say, e.g. a cluster's. */
  readonly isExposed?: boolean;
  readonly health: Health;
  /** Origins besides its own that browsers may call from, e.g. `http://localhost:3000`. */
  readonly allowedOrigins: readonly string[];
  /** Host names besides those of the loopback, as `name` (any port) or `name:port`. */
  readonly allowedHosts: readonly string[];
  /** The page under /console; ours when absent. */
  readonly consolePage?: string;
  readonly routes?: readonly HttpRoute[];
  readonly logger: Logger;
  readonly onInternalError?: (error: InternalError) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Shown in the console page. */
  readonly version: string;
}

/** Requests larger than this are refused. */
export const maxReceive = 24 << 20;
