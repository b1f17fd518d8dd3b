import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython, type Ran } from "../support/test-sandbox.ts";

const program = `
import time
from flytekit import task, workflow
from flytekit.exceptions.user import FlyteRecoverableException

@task
def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds

@task(retries=1)
def refuse(seconds: float) -> float:
    if seconds < 9:
        raise FlyteRecoverableException("never today")
    return seconds

@workflow
def nap(seconds: float) -> float:
    return slow(seconds=seconds)

@workflow
def rest(seconds: float) -> float:
    return nap(seconds=slow(seconds=seconds))

@workflow
def refused(seconds: float) -> float:
    return refuse(seconds=slow(seconds=seconds))
`;

describe("on a terminal", () => {
  let home: Home;

  beforeAll(async () => {
    home = await Home.make();
    await startTestSandbox(home);
    const directory = path.join(home.directory, "project");
    await mkdir(directory);
    await writeFile(path.join(directory, "naps.py"), program);
    await home.data("register", path.join(directory, "naps.py"), "--python", testPython(), "--version", "v1");
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  /** Runs a command with a pseudo-terminal as all three of its streams. */
  const onTerminal = (command: string, env: Record<string, string> = {}): Promise<Ran> =>
    home.run("script", ["-qec", `stty cols 100 rows 30; ${command}`, "/dev/null"], {
      env: { CI: "", TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    });
  /** The frames as people see them, without empty lines. */
  const linesOf = ({ stdout }: Ran): string[] =>
    stripVTControlCharacters(stdout)
      .split(/\r?\n/)
      .map((line) => line.trimEnd())
      .filter((line) => line !== "");

  test("watch draws a tree in its place and leaves its last state", async () => {
    const { urn } = await home.data<{ urn: string }>("launch", "naps.nap", "--input", "seconds=1.5");
    const ran = await onTerminal(`flyte watch ${urn}`);
    expect(ran.code).toBe(0);
    const lines = linesOf(ran);
    // While it ran: a spinner of several frames, the name, the phase, the seconds so far, and where its log is.
    const running = lines.filter((line) => /^ {2}[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] n0 slow {2}RUNNING/.test(line));
    expect(new Set(running.map((line) => line.trim()[0])).size).toBeGreaterThan(5);
    expect(new Set(running.map((line) => /\d\.\ds/.exec(line)?.[0])).size).toBeGreaterThan(5);
    expect(lines.some((line) => /^ {6}http:\/\/localhost:\d+\/logs\//.test(line))).toBe(true);
    const last = lines.slice(-2);
    expect(last[0]).toMatch(new RegExp(`^✔ ${urn} +SUCCEEDED +\\d`));
    expect(last[1]).toMatch(/^ {2}✔ n0 slow {2}SUCCEEDED +[1-9]\.\ds$/);
    // Drawn over, not appended: far more frames than line ends going down.
    expect(ran.stdout).toContain("\u001b[1A");
    // The cursor is given back.
    expect(ran.stdout.lastIndexOf("\u001b[?25h")).toBeGreaterThan(ran.stdout.lastIndexOf("\u001b[?25l"));
  });

  test("what a sub-workflow holds stands below its node", async () => {
    const ran = await onTerminal("flyte launch naps.rest --input seconds=0.1 --watch");
    expect(ran.code).toBe(0);
    const lines = linesOf(ran);
    const top = lines.findLastIndex((line) => line.startsWith("✔ ex:"));
    expect(lines.slice(top + 1, top + 4).map((line) => line.replace(/ +\d+\.\ds$/, ""))).toEqual([
      "  ✔ n0 slow    SUCCEEDED",
      "  ✔ n1 nap     SUCCEEDED",
      "    ✔ n0 slow  SUCCEEDED",
    ]);
  });

  test("launch --watch ends with the failure, its attempts and its reason, and 5", async () => {
    const ran = await onTerminal("flyte launch naps.refused --input seconds=0.1 --watch");
    expect(ran.code).toBe(5);
    const lines = linesOf(ran);
    const failed = lines.findLastIndex((line) => /^ {2}✖ n1 refuse/.test(line));
    expect(lines[failed]).toMatch(/^ {2}✖ n1 refuse {2}FAILED +\d+(\.\d)?s {2}attempt 2$/);
    expect(lines[failed + 1]).toContain("never today");
    // The nodes have just been seen: the answer does not list them again.
    expect(lines.filter((line) => line.startsWith("phase "))).toEqual(["phase      FAILED"]);
    expect(lines.some((line) => line.startsWith("NODE"))).toBe(false);
    expect(lines.at(-2)).toMatch(/^error: ex:\S+ failed/);
  });

  test.each<[string, Record<string, string>, string]>([
    ["in a build", { CI: "true" }, ""],
    ["on a dumb terminal", { TERM: "dumb" }, ""],
    ["into a pipe", {}, " | cat"],
  ])("%s it is lines, with the nodes' names", async (_, env, pipe) => {
    const { urn } = await home.data<{ urn: string }>("launch", "naps.nap", "--input", "seconds=0.1");
    const ran = await onTerminal(`flyte watch ${urn}${pipe}`, env);
    expect(ran.stdout).not.toContain("\u001b[?25l");
    const lines = linesOf(ran).map((line) => line.slice(10).replace(/ +/g, " "));
    expect(lines).toContain("node n0 slow RUNNING");
    expect(lines.at(-1)).toBe("execution SUCCEEDED");
    expect((await home.flyte("get", "execution", urn)).stdout).toMatch(/\nn0 slow {2}SUCCEEDED /);
  });

  test("--json stays an object a line on a terminal too", async () => {
    const { urn } = await home.data<{ urn: string }>("launch", "naps.nap", "--input", "seconds=0.1");
    const lines = linesOf(await onTerminal(`flyte watch ${urn} --json`)).map(
      (line) => JSON.parse(line) as { level: string; name: string | null },
    );
    expect(new Set(lines.filter(({ level }) => level !== "execution").map(({ name }) => name))).toEqual(new Set(["slow", null]));
  });
});
