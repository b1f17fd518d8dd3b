import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ComputeBackend, ComputeSpec, ComputeStatus } from "../../src/ports/compute-backend.ts";

/** What a suite needs of an implementation: a fresh backend with at least two slots, whose tasks can run `sh`. */
export interface ComputeBackendUnderTest {
  /** Of specifications, where it matters. */
  readonly image?: string;
  /** Whether it tells what an attempt used. */
  readonly measuresUse: boolean;
  open(): Promise<{ readonly backend: ComputeBackend; readonly close: () => Promise<void> }>;
}

export function shellSpec(name: string, script: string, more: Partial<ComputeSpec> = {}): ComputeSpec {
  return {
    name,
    labels: { project: "p", domain: "d", execution: "e", node: "n0", attempt: "0", task: "t" },
    image: "busybox",
    command: ["sh", "-c", script],
    env: {},
    secrets: [],
    resources: {},
    ...more,
  };
}

/** Resolves when the attempt is in one of the states; by notices, so a backend that sends none fails here. */
export async function reaches(
  backend: ComputeBackend,
  name: string,
  ...states: readonly (ComputeStatus["state"] | "GONE")[]
): Promise<ComputeStatus> {
  return new Promise((resolve, reject) => {
    const look = async (): Promise<void> => {
      const status = await backend.status(name);
      if (states.includes(status?.state ?? "GONE")) {
        unsubscribe();
        resolve(status as ComputeStatus);
      }
    };
    const unsubscribe = backend.subscribe((changed) => {
      if (changed === name) look().catch(reject);
    });
    look().catch(reject);
  });
}

export async function logText(backend: ComputeBackend, name: string, follow = false): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of backend.logs(name, { follow })) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

const anyShellSpec = shellSpec;

export function computeBackendContract(under: ComputeBackendUnderTest): void {
  const shellSpec = (name: string, script: string, more: Partial<ComputeSpec> = {}): ComputeSpec =>
    anyShellSpec(name, script, { ...(under.image === undefined ? {} : { image: under.image }), ...more });
  let backend: ComputeBackend;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ backend, close } = await under.open());
  });
  afterEach(async () => {
    for (const name of await backend.list({})) await backend.remove(name);
    await close();
  });

  test("an attempt runs to its end, once, however often it is created", async () => {
    const before = Date.now();
    const spec = shellSpec("a1", "echo out; sleep 0.1; echo err >&2; sleep 0.1; echo $GREETING", { env: { GREETING: "hello there" } });
    const notices: string[] = [];
    backend.subscribe((name, labels) => notices.push(`${name} ${labels["execution"]}`));
    await Promise.all([backend.create(spec), backend.create(spec)]);
    await backend.create(spec);
    const status = await reaches(backend, "a1", "EXITED");
    await backend.create(spec);
    expect(status).toMatchObject({ state: "EXITED", exitCode: 0 });
    if (status.state !== "EXITED") throw new Error("unreachable");
    expect(status.signal).toBeUndefined();
    expect(status.startedAt).toBeGreaterThanOrEqual(before - 1);
    expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt);
    expect(status.finishedAt).toBeLessThanOrEqual(Date.now() + 1);
    if (under.measuresUse) {
      expect(status.use?.peakMemoryBytes).toBeGreaterThan(100_000);
      expect(status.use?.cpuSeconds).toBeGreaterThanOrEqual(0);
    } else expect(status.use).toBeUndefined();
    expect(await logText(backend, "a1")).toBe("out\nerr\nhello there\n");
    expect(await backend.list({ project: "p", execution: "e" })).toEqual(["a1"]);
    expect(new Set(notices)).toEqual(new Set(["a1 e"]));
    expect(await backend.status("a1")).toEqual(status);
  });

  test.each([
    ["exit 0", 0, undefined],
    ["exit 1", 1, undefined],
    ["exit 42", 42, undefined],
    ["kill -TERM $$", 143, "SIGTERM"],
    ["kill -KILL $$", 137, "SIGKILL"],
  ] as const)("%s is told as it is", async (script, exitCode, signal) => {
    await backend.create(shellSpec("b1", script));
    const status = await reaches(backend, "b1", "EXITED");
    expect(status).toMatchObject({ state: "EXITED", exitCode });
    expect("signal" in status ? status.signal : undefined).toBe(signal);
  });

  test("RUNNING comes between WAITING and EXITED", async () => {
    const seen: string[] = [];
    backend.subscribe(async (name) => {
      const state = (await backend.status(name))?.state ?? "GONE";
      if (seen.at(-1) !== state) seen.push(state);
    });
    await backend.create(shellSpec("c1", "sleep 0.3"));
    const running = await reaches(backend, "c1", "RUNNING");
    const exited = await reaches(backend, "c1", "EXITED");
    expect(seen.filter((state) => state !== "WAITING")).toEqual(["RUNNING", "EXITED"]);
    expect("startedAt" in exited && "startedAt" in running && exited.startedAt - running.startedAt).toBe(0);
  });

  test("lists by all the labels given", async () => {
    const label = (attempt: string, node: string) => ({ project: "p", domain: "d", execution: "e", node, attempt, task: "t" });
    await backend.create(shellSpec("d1", "true", { labels: label("0", "n0") }));
    await backend.create(shellSpec("d2", "true", { labels: label("1", "n0") }));
    await backend.create(shellSpec("d3", "true", { labels: label("0", "n1") }));
    expect([...(await backend.list({ node: "n0" }))].sort()).toEqual(["d1", "d2"]);
    expect(await backend.list({ node: "n0", attempt: "1" })).toEqual(["d2"]);
    expect(await backend.list({ node: "n2" })).toEqual([]);
    expect(await backend.list({ colour: "red" })).toEqual([]);
  });

  test("a followed log is given as it grows, and ends with the attempt", async () => {
    await backend.create(shellSpec("f1", "echo one; sleep 0.4; echo two"));
    const arrivals: { text: string; state: string | undefined }[] = [];
    for await (const part of backend.logs("f1", { follow: true })) {
      arrivals.push({ text: Buffer.from(part).toString(), state: (await backend.status("f1"))?.state });
    }
    expect(arrivals.map(({ text }) => text).join("")).toBe("one\ntwo\n");
    expect(arrivals[0]).toEqual({ text: "one\n", state: "RUNNING" });
    expect((await backend.status("f1"))?.state).toBe("EXITED");
  });

  test("following stops when it is told to", async () => {
    await backend.create(shellSpec("f2", "echo one; sleep 60"));
    const stop = new AbortController();
    let text = "";
    for await (const part of backend.logs("f2", { follow: true, signal: stop.signal })) {
      text += Buffer.from(part).toString();
      stop.abort();
    }
    expect(text).toBe("one\n");
    expect((await backend.status("f2"))?.state).toBe("RUNNING");
  });

  test("removing ends what runs and forgets it, but for its log", async () => {
    await backend.create(shellSpec("g1", "echo begun; sleep 60; echo never"));
    await reaches(backend, "g1", "RUNNING");
    for await (const _ of backend.logs("g1", { follow: true })) break;
    const gone = reaches(backend, "g1", "GONE");
    await backend.remove("g1");
    await gone;
    expect(await backend.status("g1")).toBeUndefined();
    expect(await backend.list({})).toEqual([]);
    expect(await logText(backend, "g1")).toBe("begun\n");
    await backend.remove("g1");
    await backend.remove("never-was");
    expect(await logText(backend, "never-was")).toBe("");
    expect(await backend.status("never-was")).toBeUndefined();
  });

  test("a timeout ends it, and says so", async () => {
    await backend.create(shellSpec("h1", "exec sleep 60", { timeoutSeconds: 0.3 }));
    const status = await reaches(backend, "h1", "EXITED");
    expect(status).toMatchObject({ state: "EXITED", exitCode: 143, signal: "SIGTERM", timedOut: true });
  });

  test("a program that is not there is refused by name, with a hint", async () => {
    await backend.create(shellSpec("i1", "", { command: ["no-such-program-anywhere", "x"] }));
    const status = await reaches(backend, "i1", "REFUSED");
    expect(status).toMatchObject({
      state: "REFUSED",
      reason: expect.stringContaining("no-such-program-anywhere"),
      hint: expect.stringMatching(/.{10}/),
    });
  });

  test("an attempt finds what is in its directories of inputs, and what it leaves in those of outputs is here once it has ended", async () => {
    const root = await mkdtemp(join(tmpdir(), "directories-"));
    try {
      const at = (...parts: readonly string[]): string => join(root, ...parts);
      await mkdir(at("in/deep/er"), { recursive: true });
      await mkdir(at("in/empty"));
      await mkdir(at("out"));
      await writeFile(at("in/x"), "5");
      await writeFile(at("in/deep/er/large"), Buffer.alloc(300_000, "a"));
      const script = `set -e; cd /var/flyte-test/out; umask 077
cat ../in/x > x; wc -c < ../in/deep/er/large > size; ls -A ../in/empty > nothing; touch ../in/mine ../in/deep/mine
mkdir -p d/e; cp ../in/deep/er/large d/e/; ln x hard; ln -s x near; ln -s ../d/e d/loop; ln -s /etc/passwd far; exit 4`;
      const directories = [
        { host: at("in"), path: "/var/flyte-test/in", isOutput: false },
        { host: at("out"), path: "/var/flyte-test/out", isOutput: true },
      ];
      await backend.create(shellSpec("a1", script, { directories }));
      expect(await reaches(backend, "a1", "EXITED", "REFUSED", "LOST"), await logText(backend, "a1")).toMatchObject({ exitCode: 4 });
      const text = (...parts: readonly string[]): Promise<string> => readFile(at("out", ...parts), "utf8");
      expect(await Promise.all(["x", "hard", "near", "size", "nothing"].map((name) => text(name)))).toEqual([
        "5",
        "5",
        "5",
        "300000\n",
        "",
      ]);
      expect((await readFile(at("out/d/e/large"))).equals(Buffer.alloc(300_000, "a"))).toBe(true);
      expect((await readdir(at("out"))).sort()).toEqual(["d", "far", "hard", "near", "nothing", "size", "x"]);
      expect(await readlink(at("out/far"))).toBe("/etc/passwd");
      // Whoever made it may remove it.
      await backend.remove("a1");
      await rm(at("out"), { recursive: true });
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
}
