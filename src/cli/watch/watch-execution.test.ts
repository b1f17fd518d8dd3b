import Long from "long";
import { expect, test } from "vitest";
import type { AdminClient } from "../../client/admin-client.ts";
import type { flyte } from "../../idl/flyteidl.ts";
import { StatusError } from "../../idl/status.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";
import { watchExecution } from "./watch-execution.ts";

const id = { project: "p", domain: "d", name: "e" };
const [RUNNING, SUCCEEDED] = [2, 4];
const event = (sequence: number, phase: number): flyte.watch.v1.WatchEvent.$Properties => ({
  sequence: Long.fromNumber(sequence, true),
  execution: { id, closure: { phase } },
});
const unreachable = (): FlyteError =>
  new FlyteError({ code: "ENDPOINT_UNREACHABLE", blame: "deployment", message: "nothing listens there", hint: "" });

type Step = flyte.watch.v1.WatchEvent.$Properties | Error;

/** A stream a line of `streams` each time it is asked for; the last one again and again. Time passes only in pauses. */
function deployment(...streams: Step[][]) {
  const asked: number[] = [];
  const pauses: number[] = [];
  const told: (string | undefined)[] = [];
  let now = 0;
  const admin = {
    async *watchExecution({ resumeAfter }: { resumeAfter: Long }) {
      const stream = streams[Math.min(asked.length, streams.length - 1)] ?? [];
      asked.push(resumeAfter.toNumber());
      for (const step of stream) {
        if (step instanceof Error) throw step;
        yield step;
      }
    },
  } as unknown as AdminClient;
  const clock: Clock = {
    now: () => now,
    at(at, fire) {
      pauses.push(at - now);
      now = at;
      queueMicrotask(fire);
      return () => undefined;
    },
  };
  const tools = { clock, signal: new AbortController().signal, onLost: (why: string | undefined) => void told.push(why) };
  const watch = async (): Promise<(number | null)[]> =>
    (await Array.fromAsync(watchExecution(admin, id, tools))).map(({ sequence }) => sequence);
  return { watch, asked, pauses, told, elapsed: () => now };
}

test("a restarted deployment is asked for what came after the last event, and the person is told once each way", async () => {
  const lost = new StatusError("UNAVAILABLE", "the connection was lost");
  const one = deployment([event(1, RUNNING), event(7, RUNNING), lost], [unreachable()], [unreachable()], [event(8, SUCCEEDED)]);
  expect(await one.watch()).toEqual([1, 7, 8]);
  expect(one.asked).toEqual([0, 7, 7, 7]);
  expect(one.told).toEqual(["the connection was lost", undefined]);
  expect(one.pauses).toEqual([250, 500, 1000]);
});

test("it is sought for five minutes, at most every five seconds, then given up with the reason", async () => {
  const gone = deployment([event(1, RUNNING), new StatusError("UNAVAILABLE", "lost")], [unreachable()]);
  await expect(gone.watch()).rejects.toThrow("nothing listens there");
  expect(Math.max(...gone.pauses)).toBe(5000);
  expect(gone.elapsed()).toBeGreaterThan(300_000);
  expect(gone.elapsed()).toBeLessThan(310_000);
  expect(gone.told).toEqual(["lost"]);
});

test("an endpoint that never answered is an error at once, and so is any other refusal", async () => {
  const never = deployment([unreachable()]);
  await expect(never.watch()).rejects.toThrow("nothing listens there");
  expect(never.asked).toEqual([0]);
  const refused = deployment([event(1, RUNNING), new StatusError("NOT_FOUND", "no such execution")]);
  await expect(refused.watch()).rejects.toThrow("no such execution");
});

test("a connection that breaks after the end is the end", async () => {
  expect(await deployment([event(1, SUCCEEDED), new StatusError("UNAVAILABLE", "lost")]).watch()).toEqual([1]);
});

test("Ctrl-C in the middle of a call of polling is Ctrl-C, not the call's own end", async () => {
  const controller = new AbortController();
  const pressed = new Error("pressed");
  const admin = {
    // oxlint-disable-next-line require-yield
    async *watchExecution() {
      throw new StatusError("UNIMPLEMENTED", "no stream");
    },
    async getExecution() {
      controller.abort(pressed);
      throw new StatusError("CANCELLED", "the call was cancelled");
    },
  } as unknown as AdminClient;
  const clock: Clock = { now: () => 0, at: () => () => undefined };
  await expect(Array.fromAsync(watchExecution(admin, id, { clock, signal: controller.signal }))).rejects.toBe(pressed);
});
