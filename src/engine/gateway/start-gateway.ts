import { ServerCredentials } from "@grpc/grpc-js";
import { createServer } from "node:http";
import type { Server, Socket } from "node:net";
import { StatusError } from "../../idl/status.ts";
import { FlyteError } from "../../std/errors.ts";
import { createDispatch } from "./dispatch.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { createGrpcServer } from "./grpc-server.ts";
import { createHttpHandler } from "./http-handler.ts";
import { listen } from "./listen.ts";
import { serviceMethods } from "./service-methods.ts";

export interface Gateway {
  /** In the order they were asked for. */
  readonly ports: readonly number[];
  /** Takes no new calls, ends streams with UNAVAILABLE, waits for the calls in flight, and closes what is left after `ms`. */
  drain(ms: number): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}

// Their REST routes are there whether or not the service is, and answer UNIMPLEMENTED then (Flyte: flyteadmin/pkg/server).
const alwaysRouted = ["flyteidl.service.AuthMetadataService", "flyteidl.service.IdentityService"];

/**
 * Serves the services over gRPC and HTTP on each of the ports, told apart by a connection's first bytes. Only on an
 * address of the loopback unless `isExposed`: whoever reaches a port may run code. FlyteError when a port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  if (!options.isExposed && !/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(options.host)) {
    throw new FlyteError({
      code: "LISTEN_NOT_LOOPBACK",
      blame: "usage",
      message: `${options.host} is not an address of this machine's loopback`,
      hint: "listen on 127.0.0.1; whoever reaches the port can run code as you",
      details: { host: options.host },
    });
  }
  const methods = serviceMethods(options.services);
  const missing = alwaysRouted.filter((name) => !options.services.some(({ service }) => service === name));
  const routed = [...methods, ...serviceMethods(missing.map((service) => ({ service, unary: {} })))];
  const stopping = new AbortController();
  const dispatch = createDispatch(options);

  const grpc = createGrpcServer(methods, dispatch, options, stopping.signal);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const web = createServer(
    {
      maxHeaderSize: 64 << 10,
      headersTimeout: 10_000,
      requestTimeout: 300_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    },
    createHttpHandler(routed, dispatch, options, stopping.signal),
  );
  // A server that never listens keeps no time-outs and does not know its idle connections, unless it believes it does.
  web.emit("listening");
  web.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const code = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
    if (socket.writable) socket.end(`HTTP/1.1 ${code} Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else socket.destroy();
  });

  // A response begun before a drain has promised to keep its connection.
  web.prependListener("request", (request, response) => {
    response.once("finish", () => {
      if (stopping.signal.aborted) request.socket.destroySoon();
    });
  });

  const sockets = new Set<Socket>();
  const fronts: Server[] = [];
  const take = (socket: Socket, protocol: "http1" | "http2"): void => {
    if (protocol === "http1") return void web.emit("connection", socket);
    socket.once("end", () => socket.end());
    injector.injectConnection(socket);
  };

  let closing: Promise<void> | undefined;
  const stopListening = (): Promise<void> =>
    Promise.all(
      fronts.map(
        (front) =>
          new Promise<void>((resolve) => {
            front.close(() => resolve());
          }),
      ),
    ).then(() => undefined);
  const force = (): void => {
    grpc.forceShutdown();
    for (const socket of sockets) socket.destroy();
  };
  const drain = async (milliseconds: number): Promise<void> => {
    stopping.abort(new StatusError("UNAVAILABLE", "the server is shutting down"));
    const stopped = stopListening();
    web.close(() => {});
    const cancel = options.clock.at(options.clock.now() + milliseconds, force);
    // Its callback comes before the calls of injected connections have ended: the sockets are what is waited for.
    grpc.tryShutdown(() => {});
    await stopped;
    cancel();
    grpc.forceShutdown();
  };

  const ports: number[] = [];
  try {
    for (const port of options.ports) {
      const front = await listen(options.host, port, options.clock, take);
      front.server.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      fronts.push(front.server);
      ports.push(front.port);
    }
  } catch (error) {
    force();
    web.close(() => {});
    await stopListening();
    throw error;
  }
  return {
    ports,
    drain: (milliseconds) => (closing ??= drain(milliseconds)),
    async close() {
      const drained = (closing ??= drain(0));
      force();
      await drained;
    },
  };
}
