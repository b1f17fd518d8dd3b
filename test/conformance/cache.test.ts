import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython, type Endpoints } from "../support/test-sandbox.ts";

interface Explanation {
  readonly outcome: string;
  readonly status: string;
  readonly name: string | null;
  readonly reason: string;
  readonly hint: string | null;
  readonly key: { readonly dataset: { readonly version: string }; readonly tag: string } | null;
  readonly ignoredInputs: readonly string[];
  readonly source: { readonly urn: string; readonly createdAt: string } | null;
  readonly nearest: { readonly source: string; readonly differences: readonly Difference[] } | null;
}

interface Difference {
  readonly what: string;
  readonly name: string | null;
  readonly cached: unknown;
  readonly current: unknown;
}

interface Evictions {
  readonly items: readonly { readonly task: string; readonly version: string; readonly tag: string; readonly outcome: string }[];
}

const program = (load: string): string => `
from typing import List
from flytekit import task, workflow

${load}

@task
def plain(n: int) -> int:
    return n

@task(cache=True, cache_version="1")
def unstorable(n: int) -> int:
    return n

@workflow
def wf(n: int = 1, verbose: bool = False) -> List[int]:
    return load(n=n, verbose=verbose)

@workflow
def plainly(n: int = 1) -> int:
    return plain(n=n)

@workflow
def lost(n: int = 1) -> int:
    return unstorable(n=n)
`;

const load = (version: string, signature = "n: int, verbose: bool"): string =>
  `@task(cache=True, cache_version="${version}", cache_ignore_input_vars=("verbose",))
def load(${signature}) -> List[int]:
    return list(range(n))
`;

describe("why a launch was answered from the cache, or was not", () => {
  let home: Home;
  let endpoints: Endpoints;

  const register = async (version: string, source: string, ...flags: string[]): Promise<void> => {
    const directory = path.join(home.directory, version);
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, "steps.py"), program(source));
    await home.data("register", path.join(directory, "steps.py"), "--python", testPython(), "--version", version, ...flags);
  };
  /** Launches and waits; the URN of the execution's first node. */
  const run = async (workflow: string, version: string, ...flags: string[]): Promise<string> => {
    const { urn } = await home.data<{ urn: string }>("launch", `steps.${workflow}`, "--version", version, "--wait", ...flags);
    return `${urn.replace("ex:", "ne:")}:n0`;
  };
  const explain = (node: string): Promise<Explanation> => home.data("cache", "explain", node);

  beforeAll(async () => {
    home = await Home.make();
    endpoints = await startTestSandbox(home);
    await register("v1", load("1"));
    await register("v2", load("2"));
    await register("v3", load("2", "n: int, verbose: bool, step: int = 1"));
    await register("v1", load("1"), "--domain", "staging");
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  let first: string;

  test("a miss with nothing cached of the task", async () => {
    first = await run("wf", "v1", "--input", "n=3");
    const explained = await explain(first);
    expect(explained).toMatchObject({ outcome: "miss", status: "CACHE_POPULATED", name: "load", nearest: null, source: null });
    expect(explained.reason).toBe("nothing was cached of steps.load before, or it has been evicted since");
    expect(explained.ignoredInputs).toEqual(["verbose"]);
    // The key is the one the engine cached by.
    const cached = await home.data<{ items: { version: string; keys: string[] }[] }>("cache", "show", "steps.load");
    expect(cached.items.map(({ version, keys }) => [version, keys])).toEqual([[explained.key?.dataset.version, [explained.key?.tag]]]);
  });

  test("a hit, by inputs that are equal but for an ignored one, names whose outputs were taken", async () => {
    const explained = await explain(await run("wf", "v1", "--input", "n=3", "--input", "verbose=true"));
    expect(explained).toMatchObject({ outcome: "hit", status: "CACHE_HIT", nearest: null, source: { urn: first } });
    expect(Date.parse(explained.source?.createdAt ?? "")).toBeGreaterThan(Date.now() - 600_000);
    expect(explained.reason).toContain(first);
  });

  const misses: readonly (readonly [string, string, readonly string[], readonly Difference[]])[] = [
    ["an input", "v1", ["--input", "n=4", "--input", "verbose=true"], [{ what: "input", name: "n", cached: 3, current: 4 }]],
    ["the cache version", "v2", ["--input", "n=3"], [{ what: "cache version", name: null, cached: "1", current: "2" }]],
    [
      "the interface, with the input it adds",
      "v3",
      ["--input", "n=3"],
      [
        { what: "input type", name: "step", cached: null, current: "integer" },
        { what: "input", name: "step", cached: null, current: 1 },
      ],
    ],
    [
      "the domain",
      "v1",
      ["--input", "n=3", "--domain", "staging"],
      [{ what: "domain", name: null, cached: "development", current: "staging" }],
    ],
  ];
  test.each(misses)("a miss for %s", async (_, version, flags, differences) => {
    const explained = await explain(await run("wf", version, ...flags));
    expect(explained).toMatchObject({ outcome: "miss", status: "CACHE_POPULATED" });
    expect(explained.nearest?.differences).toEqual(differences);
  });

  test("overwriting skips the look-up", async () => {
    const explained = await explain(await run("wf", "v1", "--input", "n=3", "--overwrite-cache"));
    expect(explained).toMatchObject({ outcome: "skipped", nearest: null });
    expect(explained.reason).toContain("--overwrite-cache");
  });

  test("a task that is not cached says how it would be", async () => {
    const explained = await explain(await run("plainly", "v1"));
    expect(explained).toMatchObject({ outcome: "disabled", status: "CACHE_DISABLED", key: null });
    expect(explained.reason).toBe("the task is not declared with cache=True");
    expect(explained.hint).toContain("cache=True");
  });

  test("outputs that could not be stored are told of", async () => {
    const place = path.join(endpoints.dataDir, "objects", endpoints.blob.bucket, "metadata/flytesnacks/development");
    await symlink("/proc/none", path.join(place, "flyte_task-steps.unstorable"));
    const explained = await explain(await run("lost", "v1"));
    expect(explained).toMatchObject({ outcome: "put failed", status: "CACHE_PUT_FAILURE" });
    expect(explained.reason).toBe(
      "nothing was cached of steps.unstorable before, or it has been evicted since; what it made could not be stored, so the next launch will miss too",
    );
  });

  test("people read the difference in a table, and only nodes can be asked about", async () => {
    const node = await run("wf", "v1", "--input", "n=5");
    const read = await home.flyte("cache", "explain", node);
    expect(read.stdout).toContain("why      input n differs from the nearest cached run");
    // Both were cached before; the newer one is named.
    expect(read.stdout).toMatch(/DIFFERS +NAME +CACHED +THIS RUN\ninput +n +[34] +5\n/);
    const wrong = await home.flyte("cache", "explain", "tsk:steps.load");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("names no node execution");
    expect((await home.flyte("cache", "explain", node.replace(/n0$/, "n7"))).code).toBe(4);
  });

  test("the list of datasets names a next page only where its page is full", async () => {
    const list = (...flags: string[]): Promise<{ items: { version: string }[]; nextToken: string | null }> =>
      home.data("cache", "list", "steps.load", ...flags);
    const all = await list();
    expect(all).toMatchObject({ items: { length: 3 }, nextToken: null });
    const pages = [await list("--limit", "2")];
    pages.push(await list("--limit", "2", "--token", pages[0]?.nextToken ?? ""));
    expect(pages.map(({ nextToken }) => nextToken === null)).toEqual([false, true]);
    expect(pages.flatMap(({ items }) => items)).toEqual(all.items);
    expect((await home.flyte("cache", "list")).stdout).not.toContain("more:");
    expect((await home.flyte("cache", "list", "--limit", "1")).stdout).toContain("more: --token");
  });

  test("evicting the result of a node makes the next launch miss; it can be evicted once", async () => {
    // What was cached later was not there to be found.
    expect(await explain(first)).toMatchObject({ outcome: "miss", nearest: null });
    const dry = await home.data<Evictions>("cache", "evict", first, "--dry-run");
    const { key } = await explain(first);
    const item = { task: "steps.load", version: key?.dataset.version, tag: key?.tag };
    expect(dry.items).toEqual([{ ...item, outcome: "planned" }]);
    expect(await explain(await run("wf", "v1", "--input", "n=3"))).toMatchObject({ outcome: "hit", hint: null });
    const hit = await run("wf", "v1", "--input", "n=3");
    const evicted = await home.flyte("cache", "evict", first, "--json");
    expect((JSON.parse(evicted.stdout) as { data: Evictions }).data.items).toEqual([{ ...item, outcome: "evicted" }]);
    expect(evicted.stderr).toContain(endpoints.admin);
    expect(await explain(hit)).toMatchObject({ outcome: "hit", hint: expect.stringContaining("evicted since") });
    const again = await home.flyte("cache", "evict", first, "--json");
    expect(again.code).toBe(4);
    expect(JSON.parse(again.stdout)).toMatchObject({ ok: false, error: { code: "NOT_CACHED" } });
    expect(await explain(await run("wf", "v1", "--input", "n=3"))).toMatchObject({ outcome: "miss" });
  });

  test("evicting a task evicts all of it in the project and domain, and nothing elsewhere", async () => {
    const keys = async (...scope: string[]): Promise<string[]> =>
      (await home.data<{ items: { keys: string[] }[] }>("cache", "show", "steps.load", ...scope)).items.flatMap((item) => item.keys);
    const before = await keys();
    const elsewhere = await keys("--domain", "staging");
    expect(before.length).toBeGreaterThanOrEqual(5);
    const evicted = await home.data<Evictions>("cache", "evict", "steps.load");
    expect(evicted.items.map(({ tag }) => tag).sort()).toEqual(before.sort());
    expect(new Set(evicted.items.map(({ outcome }) => outcome))).toEqual(new Set(["evicted"]));
    expect(await keys()).toEqual([]);
    expect(await keys("--domain", "staging")).toEqual(elsewhere);
    const there = await home.data<Evictions>("cache", "evict", "tsk:flytesnacks:staging:steps.load", "--dry-run");
    expect(there.items.map(({ tag }) => tag)).toEqual(elsewhere);
    expect((await home.flyte("cache", "evict", "steps.nothing")).code).toBe(4);
  });
});

const slow = (marks: string): string => `
import os, time, uuid
from flytekit import task, workflow

@task(cache=True, cache_serialize=True, cache_version="1")
def slow(n: int) -> str:
    made = uuid.uuid4().hex
    open(os.path.join(${JSON.stringify(marks)}, made), "w").close()
    time.sleep(2)
    return made

@workflow
def wf(n: int = 1) -> str:
    return slow(n=n)
`;

test("of executions that want the same outputs of a task with cache_serialize at once, one makes them and all take them", async () => {
  await using home = await Home.make();
  await startTestSandbox(home);
  const marks = path.join(home.directory, "marks");
  await mkdir(marks);
  await writeFile(path.join(home.directory, "serial.py"), slow(marks));
  await home.data("register", path.join(home.directory, "serial.py"), "--python", testPython(), "--version", "v1");
  const launch = (n: number): Promise<{ urn: string }> =>
    home.data("launch", "serial.wf", "--version", "v1", "--wait", "--input", `n=${n}`);
  const launched = await Promise.all([launch(1), launch(1), launch(1), launch(2)]);
  expect(await readdir(marks)).toHaveLength(2);
  const explained = await Promise.all(
    launched.map(({ urn }) => home.data<Explanation>("cache", "explain", `${urn.replace("ex:", "ne:")}:n0`)),
  );
  expect(explained.map(({ status }) => status).sort()).toEqual(["CACHE_HIT", "CACHE_HIT", "CACHE_POPULATED", "CACHE_POPULATED"]);
  const maker = explained.findIndex(({ status }, index) => index < 3 && status === "CACHE_POPULATED");
  for (const { source } of explained.slice(0, 3).filter(({ status }) => status === "CACHE_HIT")) {
    expect(source?.urn).toBe(`${launched[maker]?.urn.replace("ex:", "ne:")}:n0`);
  }
});
