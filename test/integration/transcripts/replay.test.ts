import { beforeAll, describe, expect, test } from "vitest";
import { asFlyte, unbuilt } from "./differences.ts";
import { readConversations } from "./read-conversations.ts";
import { replay } from "./replay.ts";
import type { Replayed } from "./replay.ts";
import { replyShapes } from "./reply-shapes.ts";
import { serveEngine } from "../../support/served-engine.ts";

const conversations = [...readConversations()];
const differences = [...unbuilt, ...asFlyte];

describe.each(conversations)("%s", (conversation, calls) => {
  let replayed: readonly Replayed[] = [];
  beforeAll(async () => {
    await using engine = await serveEngine();
    replayed = await replay(engine, calls);
  });

  test.each(calls.map(({ method, request }, index) => [index, method, subjectOf(request)] as const))("#%i %s %s", (index, method) => {
    const one = replayed[index];
    if (!one) throw new Error("not replayed");
    const difference = differences.find(({ calls }) => calls[conversation]?.includes(index));
    const status = one.outcome.split(" ", 1)[0];
    if (difference) {
      expect(status).not.toBe(one.call.status);
      expect(difference.covers(one), `${difference.why}: ${one.outcome}`).toBe(true);
      return;
    }
    expect(one.outcome).toMatch(one.call.status === "OK" ? /^OK$/ : new RegExp(`^${one.call.status} .`));
    if (one.reply === undefined) return;
    const shape = replyShapes[method];
    if (!shape) throw new Error(`nobody has said what clients read of ${method}`);
    expect(shape(one.reply as never, one.call.request as never), "is missing").toEqual([]);
  });
});

test("the lists of differences hold nothing else, and nothing twice", () => {
  const listed = differences.flatMap(({ calls }) =>
    Object.entries(calls).flatMap(([conversation, indices]) => indices.map((index) => `${conversation}#${index}`)),
  );
  expect(new Set(listed).size).toBe(listed.length);
  const there = new Set(conversations.flatMap(([conversation, calls]) => calls.map((_, index) => `${conversation}#${index}`)));
  expect(listed.filter((each) => !there.has(each))).toEqual([]);
});

/** What a request is about, for its test's name. */
function subjectOf(request: unknown): string {
  const found = /"(?:name|signalId|flyteUrl|filename)":"([^"]+)"/.exec(JSON.stringify(request));
  return found?.[1] ?? "";
}
