import { expect, test } from "vitest";
import { SharedSync } from "./shared-sync.ts";

function scripted() {
  const started: string[] = [];
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const shared = new SharedSync((path) => {
    started.push(path);
    return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { shared, started, ends, settle };
}

test("those who ask while one is under way share the next, and it starts after the one before", async () => {
  const { shared, started, ends, settle } = scripted();
  const done: string[] = [];
  void shared.sync("a").then(() => done.push("first"));
  void shared.sync("a").then(() => done.push("second"));
  void shared.sync("a").then(() => done.push("third"));
  void shared.sync("b").then(() => done.push("other"));
  expect(started).toEqual(["a", "b"]);
  ends[0]?.resolve();
  await settle();
  expect([started, done]).toEqual([["a", "b", "a"], ["first"]]);
  void shared.sync("a").then(() => done.push("fourth"));
  ends[2]?.resolve();
  await settle();
  expect([started, done]).toEqual([
    ["a", "b", "a", "a"],
    ["first", "second", "third"],
  ]);
  ends[3]?.resolve();
  ends[1]?.resolve();
  await settle();
  expect(done.toSorted()).toEqual(["first", "fourth", "other", "second", "third"]);
  void shared.sync("a");
  expect(started).toEqual(["a", "b", "a", "a", "a"]);
});

test("a failure is told to those who asked for that one alone", async () => {
  const { shared, ends, settle } = scripted();
  const told: string[] = [];
  for (const name of ["first", "second"]) {
    shared.sync("a").then(
      () => told.push(`${name} done`),
      (error: Error) => told.push(`${name} ${error.message}`),
    );
  }
  ends[0]?.reject(new Error("broke"));
  await settle();
  ends[1]?.resolve();
  await settle();
  expect(told).toEqual(["first broke", "second done"]);
});
