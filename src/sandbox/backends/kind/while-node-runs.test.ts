import type Docker from "dockerode";
import { expect, test } from "vitest";
import { whileNodeRuns } from "./while-node-runs.ts";

/** A node whose end is the test's to tell. */
function nodeOf(ended: Promise<{ StatusCode: number }>): Docker.Container {
  const wait = ({ abortSignal }: { abortSignal: AbortSignal }): Promise<{ StatusCode: number }> =>
    Promise.race([ended, new Promise<never>((_, reject) => abortSignal.addEventListener("abort", () => reject(new Error("aborted"))))]);
  return { wait } as unknown as Docker.Container;
}

const never = new Promise<never>(() => undefined);
const { signal } = new AbortController();
/** What waits until it may not any more. */
const waiting = (running: AbortSignal): Promise<never> =>
  new Promise((_, reject) => running.addEventListener("abort", () => reject(running.reason as Error)));

test("what is done while it runs is done, and its own failure is told", async () => {
  expect(await whileNodeRuns(nodeOf(never), signal, () => Promise.resolve(7))).toBe(7);
  await expect(whileNodeRuns(nodeOf(never), signal, () => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
});

test("a node that stops ends the waiting, and says so", async () => {
  const running = whileNodeRuns(nodeOf(Promise.resolve({ StatusCode: 137 })), signal, waiting);
  await expect(running).rejects.toMatchObject({ code: "SANDBOX_NODE_STOPPED", details: { exitCode: 137 } });
});

test("so does a Docker engine that is gone, though what was under way failed a moment before", async () => {
  const gone = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("socket hang up")), 20));
  const failing = whileNodeRuns(nodeOf(gone), signal, () => Promise.reject(new Error("read ECONNRESET")));
  await expect(failing).rejects.toMatchObject({
    code: "SANDBOX_DOCKER_GONE",
    message: "the Docker engine does not answer any more: socket hang up",
  });
});

test("whoever interrupts it has that as the reason", async () => {
  const user = new AbortController();
  const reason = new Error("Ctrl-C");
  const running = whileNodeRuns(nodeOf(never), user.signal, waiting);
  user.abort(reason);
  await expect(running).rejects.toBe(reason);
});
