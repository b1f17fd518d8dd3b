import { expect, test } from "vitest";
import { createScriptedCompute } from "./scripted-compute.ts";
import type { ComputeSpec } from "../../ports/compute-backend.ts";

const spec = (name: string, node: string): ComputeSpec => ({
  name,
  labels: { execution: "e", node },
  image: "i",
  command: ["true"],
  env: {},
  secrets: [],
  resources: {},
});

test("the same name again is the same work, until it is removed", async () => {
  const compute = createScriptedCompute();
  await compute.create(spec("a", "n0"));
  compute.become("a", { state: "RUNNING", startedAt: 5 });
  await compute.create(spec("a", "n0"));
  expect(await compute.status("a")).toEqual({ state: "RUNNING", startedAt: 5 });
  expect(compute.created).toHaveLength(1);
  await compute.remove("a");
  await compute.remove("a");
  expect(await compute.status("a")).toBeUndefined();
});

test("found by labels; every change is told; logs outlive the attempt", async () => {
  const compute = createScriptedCompute();
  await compute.create(spec("a", "n0"));
  await compute.create(spec("b", "n1"));
  expect(await compute.list({ execution: "e" })).toEqual(["a", "b"]);
  expect(await compute.list({ execution: "e", node: "n1" })).toEqual(["b"]);
  const told: string[] = [];
  const leave = compute.subscribe((name, labels) => told.push(`${name} ${labels["node"]}`));
  compute.become("b", { state: "LOST", reason: "gone" });
  leave();
  compute.become("b", { state: "WAITING", reason: "again" });
  expect(told).toEqual(["b n1"]);
  compute.write("a", "one\n");
  compute.write("a", "two\n");
  await compute.remove("a");
  const parts: Uint8Array[] = [];
  for await (const part of compute.logs("a")) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe("one\ntwo\n");
  expect(() => compute.become("zzz", { state: "LOST", reason: "" })).toThrow("no attempt is called zzz");
});
