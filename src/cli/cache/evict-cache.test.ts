import { expect, test } from "vitest";
import type { AdminClient } from "../../client/admin-client.ts";
import { StatusError } from "../../idl/status.ts";
import type { Deployment } from "../deployment.ts";
import { evictCache } from "./evict-cache.ts";

/** A catalog that holds two tagged artifacts of `t` and one that lost the race for its tag; `answers` are Delete's, by tag. */
function catalog(answers: Readonly<Record<string, "NOT_FOUND" | "UNIMPLEMENTED" | "UNAVAILABLE">> = {}) {
  const keys: string[] = [];
  const admin = {
    listDatasets: async () => ({
      datasets: [{ id: { project: "p", domain: "d", name: "flyte_task-t", version: "1-a-b" } }],
      nextToken: "1",
    }),
    listArtifacts: async () => ({
      artifacts: [{ id: "1", tags: [{ name: "x" }] }, { id: "2", tags: [{ name: "y" }] }, { id: "3" }],
      nextToken: "",
    }),
    deleteCache: async ({ key }: { key: string }) => {
      keys.push(key);
      const status = answers[key.split("/").at(-1) ?? ""];
      if (status) throw new StatusError(status, "no");
      return {};
    },
  } as unknown as AdminClient;
  const deployment: Deployment = { admin, endpoint: "h:1", source: "test", project: "p", domain: "d" };
  return { deployment, keys };
}

const outcomes = (data: unknown): unknown =>
  (data as { items: { tag: string; outcome: string }[] }).items.map(({ tag, outcome }) => [tag, outcome]);

test("every tag is evicted by its full key; what somebody else evicted meanwhile is gone", async () => {
  const { deployment, keys } = catalog({ y: "NOT_FOUND" });
  const answer = await evictCache(deployment, "t", { dryRun: false });
  expect(keys).toEqual(["p/d/flyte_task-t/1-a-b/x", "p/d/flyte_task-t/1-a-b/y"]);
  expect(outcomes(answer.data)).toEqual([
    ["x", "evicted"],
    ["y", "gone"],
  ]);
});

test("a dry run deletes nothing", async () => {
  const { deployment, keys } = catalog();
  expect(outcomes((await evictCache(deployment, "t", { dryRun: true })).data)).toEqual([
    ["x", "planned"],
    ["y", "planned"],
  ]);
  expect(keys).toEqual([]);
});

test("a version that is not there is an error, not an empty success", async () => {
  await expect(evictCache(catalog().deployment, "t", { dryRun: false, version: "2-a-b" })).rejects.toMatchObject({ code: "NOT_CACHED" });
});

test("a deployment without the cache service says so; any other refusal is passed on", async () => {
  await expect(evictCache(catalog({ x: "UNIMPLEMENTED" }).deployment, "t", { dryRun: false })).rejects.toMatchObject({
    code: "EVICTION_UNSUPPORTED",
    hint: expect.stringContaining("--overwrite-cache"),
  });
  await expect(evictCache(catalog({ x: "UNAVAILABLE" }).deployment, "t", { dryRun: false })).rejects.toMatchObject({
    status: "UNAVAILABLE",
  });
});
