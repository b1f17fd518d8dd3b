import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { codecOf } from "../../../src/engine/gateway/service-methods.ts";
import { fromJsonValue } from "../../../src/idl/json/from-json-value.ts";
import type { JsonValue } from "../../../src/idl/json/json-value.ts";
import { toJsonValue } from "../../../src/idl/json/to-json-value.ts";
import { reflectedType, reflectionRoot } from "../../../src/idl/reflection.ts";
import { runPython } from "../run-python.ts";

interface Sample {
  readonly type: string;
  readonly wire: string;
  readonly json: string | null;
  readonly protoJson: string | null;
}

const script = path.join(import.meta.dirname, "random_messages.py");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** JSON text with keys in one order; toEqual overlooks a key named __proto__. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? { entries: Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)) }
      : inner,
  );

let samples: Sample[] = [];
let absent: string[] = [];

beforeAll(async () => {
  const lines = (await runPython(script, ["generate", "1"])).trim().split("\n");
  const all = lines.map((line) => JSON.parse(line) as Sample);
  const known = (name: string): boolean => reflectionRoot().lookup(name) !== null;
  absent = [...new Set(all.filter(({ type }) => !known(type)).map(({ type }) => type))];
  samples = all.filter(({ type }) => known(type));
});

const differences = async (records: readonly object[]): Promise<unknown[]> => {
  const answer = await runPython(script, ["compare"], records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return answer
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
};

test("every message type Python's flyteidl has is covered", () => {
  expect(new Set(samples.map(({ type }) => type)).size).toBeGreaterThan(430);
  expect(samples.filter(({ wire }) => wire.length > 200).length).toBeGreaterThan(250);
  expect(
    absent.every((name) => name.startsWith("flyteidl.plugins.")),
    absent.join(),
  ).toBe(true);
  expect(absent.length).toBeLessThanOrEqual(2);
});

test("what is decoded and encoded again is the same message to Python", async () => {
  const records = samples.map(({ type, wire }) => {
    const codec = codecOf(type);
    return { type, wire, returned: hex(codec.encode(codec.decode(Buffer.from(wire, "hex"))).finish()) };
  });
  expect(await differences(records)).toEqual([]);
});

test("JSON of Python, in either spelling of names, is read as the same message", async () => {
  const withJson = samples.filter(({ json }) => json !== null);
  expect(withJson.length).toBeGreaterThan(samples.length * 0.95);
  const read = (type: string, text: string): string => {
    const reflected = reflectedType(type);
    return hex(
      codecOf(reflected.fullName.slice(1))
        .encode(fromJsonValue(reflected, JSON.parse(text) as JsonValue))
        .finish(),
    );
  };
  const records = withJson.map(({ type, wire, json, protoJson }) => ({
    type,
    wire,
    fromJson: read(type, json ?? ""),
    fromProtoJson: read(type, protoJson ?? ""),
  }));
  expect(await differences(records)).toEqual([]);
});

test("our JSON is Python's, value for value, and Python reads it as the same message", async () => {
  const records = [];
  for (const { type, wire, json } of samples) {
    if (json === null) continue;
    const reflected = reflectedType(type);
    const ours = toJsonValue(reflected, codecOf(reflected.fullName.slice(1)).decode(Buffer.from(wire, "hex")), {
      emitUnpopulated: false,
      fieldNames: "json",
    });
    expect(sorted(ours), `${type} ${wire}`).toBe(sorted(JSON.parse(json)));
    records.push({ type, wire, json: JSON.stringify(ours) });
  }
  expect(await differences(records)).toEqual([]);
});
