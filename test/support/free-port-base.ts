import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** A --port-base whose ports nobody listens on. */
export async function freePortBase(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const base = randomInt(100, 300) * 100;
    // 10080 is a port that fetch refuses.
    if (base === 30_000 || base === 10_000) continue;
    const free = await Promise.all([base + 80, base + 81, base + 2, base + 1].map(canListen));
    if (free.every(Boolean)) return base;
  }
  throw new Error("no free block of ports was found");
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
