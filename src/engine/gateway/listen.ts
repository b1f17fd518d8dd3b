import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";

const preface = Buffer.from("PRI");
const firstBytesTimeout = 10_000;
const maxConnections = 4096;

/**
 * Listens on one port and tells HTTP/2 (its preface begins with `PRI`, which no HTTP/1 method does) from HTTP/1 by the
 * first bytes, however they are cut up. Connections that say nothing for ten seconds are closed. FlyteError PORT_TAKEN
 * when the port is not free.
 */
export async function listen(
  host: string,
  port: number,
  clock: Clock,
  take: (socket: Socket, protocol: "http1" | "http2") => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    let seen: Buffer | undefined;
    socket.on("error", () => {});
    const cancel = clock.at(clock.now() + firstBytesTimeout, () => socket.destroy());
    const onEnd = (): void => void socket.destroy();
    socket.once("close", cancel);
    socket.once("end", onEnd);
    socket.on("readable", function look() {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = seen ? Buffer.concat([seen, chunk]) : chunk;
      const length = Math.min(preface.length, seen.length);
      const maybe = seen.subarray(0, length).equals(preface.subarray(0, length));
      if (maybe && length < preface.length) return;
      cancel();
      socket.off("close", cancel);
      socket.off("end", onEnd);
      socket.off("readable", look);
      socket.unshift(seen);
      take(socket, maybe ? "http2" : "http1");
    });
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)));
    server.listen({ host, port, exclusive: true }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  return new FlyteError({
    code: "PORT_TAKEN",
    blame: "environment",
    message: error.code === "EACCES" ? `this user may not listen on port ${port}` : `port ${port} on ${host} is in use`,
    hint: "stop what uses it, or move the deployment to other ports with --port-base",
    details: { port, host },
    cause: error,
  });
}
