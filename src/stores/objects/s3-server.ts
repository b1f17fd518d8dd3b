import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { defaultRegion } from "./default-credentials.ts";
import { MultipartUploads } from "./multipart-uploads.ts";
import { createS3Handler, type S3HandlerOptions } from "./s3-handler.ts";

export interface S3ServerOptions extends Omit<S3HandlerOptions, "uploads" | "region"> {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly region?: string;
}

export interface S3Server {
  readonly port: number;
  /** Lets requests in flight end for two seconds. */
  close(): Promise<void>;
}

const hour = 3600 * 1000;
const grace = 2000;

/** Serves S3's protocol. Throws a FlyteError when it cannot listen. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const uploads = new MultipartUploads(options.blobs, options.random);
  const handler = createS3Handler({ region: defaultRegion, ...options, uploads });
  // A request is over when its handler has tidied up, which may be after its connection is gone.
  const handling = new Set<Promise<void>>();
  const handle = (...request: Parameters<typeof handler>): void => {
    const one = handler(...request).finally(() => handling.delete(one));
    handling.add(one);
  };
  const server = createServer(
    {
      noDelay: true,
      maxHeaderSize: 32 * 1024,
      headersTimeout: 30_000,
      requestTimeout: hour,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 10_000,
    },
    (request, response) => handle(request, response),
  );
  server.maxHeadersCount = 200;
  server.maxConnections = 4096;
  // A connection on which nothing moves.
  server.timeout = 120_000;
  server.on("checkContinue", (request, response) => handle(request, response, true));
  await listen(server, options);
  const stop = sweepHourly(uploads, options);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cancel = options.clock.at(options.clock.now() + grace, () => server.closeAllConnections());
      await closed;
      cancel();
      await Promise.all(handling);
    },
  };
}

async function listen(server: Server, { host, port }: S3ServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new FlyteError({
          code: error.code === "EADDRINUSE" ? "OBJECT_STORE_PORT_TAKEN" : "OBJECT_STORE_NOT_LISTENING",
          blame: "environment",
          message: `the object store cannot listen on ${host}:${port}: ${messageOf(error)}`,
          hint: "stop what uses the port, or choose another one",
          details: { host, port },
          cause: error,
        }),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

/** Removes uploads left behind, now and every hour. The returned function ends that. */
function sweepHourly(uploads: MultipartUploads, { clock, onError }: S3ServerOptions): () => void {
  let cancel = (): void => {};
  let stopped = false;
  const sweep = (): void => {
    uploads
      .removeStale(clock.now())
      .catch((error: unknown) => onError?.(error))
      .finally(() => {
        if (!stopped) cancel = clock.at(clock.now() + hour, sweep);
      });
  };
  sweep();
  return () => {
    stopped = true;
    cancel();
  };
}
