import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { Workspace } from "./run-cli.ts";
import { type ScriptedDeployment, scriptedDeployment } from "./scripted-deployment.ts";

const a = flyteidl.admin;
const { RUNNING, SUCCEEDED, FAILED } = flyteidl.core.TaskExecution.Phase;
const nodeId = { nodeId: "n0", executionId: { project: "flytesnacks", domain: "development", name: "e1" } };
const urn = "ne:flytesnacks:development:e1:n0";

let workspace: Workspace;
let deployment: ScriptedDeployment;
let logs: ReturnType<typeof createServer>;
/** By path; what is not there is not found. */
let served: Map<string, (response: ServerResponse, query: URLSearchParams) => void>;
/** Paths and queries, in order. */
let asked: string[];
/** Of the attempts of the node. */
let phases: flyteidl.core.TaskExecution.Phase[];

beforeEach(async () => {
  served = new Map();
  asked = [];
  phases = [];
  logs = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    asked.push(`${url.pathname}${url.search}`);
    response.setHeader("content-type", "text/plain; charset=utf-8");
    const answer = served.get(url.pathname);
    if (answer) return answer(response, url.searchParams);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => logs.listen(0, "127.0.0.1", resolve));
  const { port } = logs.address() as AddressInfo;
  const isOver = (): boolean => phases.length > 0 && phases.every((phase) => phase !== RUNNING);
  deployment = await scriptedDeployment({
    GetNodeExecution: async () =>
      a.NodeExecution.encode({
        id: nodeId,
        closure: { phase: isOver() ? flyteidl.core.NodeExecution.Phase.SUCCEEDED : flyteidl.core.NodeExecution.Phase.RUNNING },
      }).finish(),
    ListTaskExecutions: async () =>
      a.TaskExecutionList.encode({
        taskExecutions: phases.map((phase, retryAttempt) => ({
          id: { taskId: { resourceType: 1, ...nodeId.executionId, name: "t", version: "v" }, nodeExecutionId: nodeId, retryAttempt },
          closure: { phase, logs: [{ name: "Logs", uri: `http://localhost:${port}/logs/${retryAttempt}` }] },
        })),
      }).finish(),
  });
  workspace = await Workspace.make();
});
afterEach(async () => {
  await deployment[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
  logs.closeAllConnections();
  await new Promise((resolve) => logs.close(resolve));
});

const run = (...flags: readonly string[]) => workspace.run(["logs", urn, "--endpoint", deployment.endpoint, ...flags]);
const gone = (response: ServerResponse): void => void response.writeHead(410).end("pod e1-n0-0 is gone, and its log with it\n");
const says =
  (text: string) =>
  (response: ServerResponse): void =>
    void response.end(text);

test.for([[], ["--follow"]])("beside an attempt whose log is gone, the others are read: logs %j", async (flags) => {
  phases = [FAILED, SUCCEEDED];
  served.set("/logs/0", gone).set("/logs/1", says("done\n"));
  const shown = await run(...flags);
  expect([shown.code, shown.stdout]).toEqual([
    0,
    "==> n0 t, attempt 0 <==\npod e1-n0-0 is gone, and its log with it\n\n==> n0 t, attempt 1 <==\ndone\n",
  ]);
  const { data } = JSON.parse((await run("--json", ...flags)).stdout) as { data: { items: readonly { gone: string; text: string }[] } };
  expect(data.items.map((one) => [one.gone, one.text])).toEqual([
    ["pod e1-n0-0 is gone, and its log with it", null],
    [null, "done\n"],
  ]);
});

test.for([[], ["--follow"]])("where every log is gone, that is the error: logs %j", async (flags) => {
  phases = [FAILED];
  served.set("/logs/0", gone);
  const shown = await run(...flags);
  expect(shown).toMatchObject({ code: 4, stdout: "" });
  expect(shown.stderr).toMatch(/cannot read the log at http:\/\/localhost:\d+\/logs\/0: pod e1-n0-0 is gone, and its log with it/);
});

test("what the deployment says of a log that it cannot give is told", async () => {
  phases = [SUCCEEDED];
  served.set("/logs/0", (response) => void response.writeHead(503).end("kubelet does not answer\n"));
  const shown = await run();
  expect(shown.code).toBe(4);
  expect(shown.stderr).toContain("kubelet does not answer");
});

test("attempts that run are followed all at once, and none is read twice", async () => {
  phases = [RUNNING, RUNNING];
  const open: ServerResponse[] = [];
  for (const attempt of [0, 1]) {
    served.set(`/logs/${attempt}`, (response, query) => {
      if (query.get("follow") !== "true") return void response.end(`one of ${attempt}\ntwo of ${attempt}\n`);
      response.write(`one of ${attempt}\n`);
      open.push(response);
    });
  }
  const child = workspace.start(["logs", urn, "-f", "--endpoint", deployment.endpoint]);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  const until = async (text: string): Promise<void> => {
    while (!stdout.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until("one of 0");
  await until("one of 1");
  for (const [attempt, response] of open.entries()) {
    // Told before it ends.
    response.write(`two of ${attempt}\n`);
    await until(`two of ${attempt}`);
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  phases = [SUCCEEDED, SUCCEEDED];
  for (const response of open) response.end();
  expect(await ended).toBe(0);
  expect(stdout.match(/(one|two) of \d/g)?.toSorted()).toEqual(["one of 0", "one of 1", "two of 0", "two of 1"]);
});

test("a connection that is cut while a log is followed costs nothing of it", async () => {
  phases = [RUNNING];
  let cuts = 0;
  served.set("/logs/0", (response, query) => {
    if (query.get("follow") === "true" && ++cuts === 1) {
      response.write("one\n");
      setTimeout(() => response.destroy(), 50);
      return;
    }
    phases = [SUCCEEDED];
    response.end("one\ntwo\n");
  });
  const shown = await run("-f");
  expect([shown.code, shown.stdout]).toEqual([0, "==> n0 t, attempt 0 <==\none\ntwo\n"]);
});

test("a pod that goes after it was followed to its end is no error", async () => {
  phases = [RUNNING];
  served.set("/logs/0", (response) => {
    served.set("/logs/0", gone);
    response.write("last words\n");
    setTimeout(() => {
      phases = [FAILED];
      response.end();
    }, 50);
  });
  const shown = await run("-f");
  expect([shown.code, shown.stdout]).toEqual([0, "==> n0 t, attempt 0 <==\nlast words\n"]);
  expect(asked.length).toBeGreaterThan(1);
});
