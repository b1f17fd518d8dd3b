import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { adminClient } from "../../src/client/admin-client.ts";
import { connect } from "../../src/client/connect.ts";

/**
 * An engine in a process of its own over an empty directory, and a client of it; with `postgres`, the address of an empty
 * database, its rows are there. `ask` sends its process a message.
 */
export async function openEngine({ propeller = true, postgres = "" } = {}) {
  const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-bench-"));
  const child = fork(path.join(import.meta.dirname, "server.js"), [directory, String(propeller), postgres], {
    execArgv: process.env.FLYTE_BENCH_NODE?.split(" ") ?? [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const answer = () =>
    new Promise((resolve, reject) => {
      const onExit = (code) => reject(new Error(`the engine ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        resolve(message);
      });
    });
  const ask = (message) => {
    const answered = answer();
    child.send(message);
    return answered;
  };
  const ports = await answer();
  const client = connect({ endpoint: `127.0.0.1:${ports.admin}`, insecure: true });
  return {
    directory,
    ports,
    ask,
    admin: adminClient(client),
    async close() {
      await client.close();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.send("stop");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
