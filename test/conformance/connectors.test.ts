import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";
import { ConnectorServer } from "../support/connector-server.ts";
import { type Endpoints, Home, startTestSandbox } from "../support/test-sandbox.ts";

interface Told {
  readonly phase: string;
  readonly type: string;
  readonly logs: readonly string[];
  readonly info: unknown;
  readonly reasons: readonly string[];
  readonly error: readonly [string, string] | null;
}
interface Result {
  readonly phase: string;
  readonly outputs: unknown;
  /** What flytekit by itself makes of it. */
  readonly local: unknown;
  readonly code: string | null;
  readonly kind: number | null;
  readonly error: string | null;
  readonly tasks: Readonly<Record<string, readonly Told[]>>;
}

let home: Home;
let server: ConnectorServer;
let endpoints: Endpoints;

beforeAll(async () => {
  home = await Home.make();
  server = await ConnectorServer.make(home);
  endpoints = await startTestSandbox(home, "--connector", server.endpoint);
  // Later than the sandbox, which finds it nevertheless.
  await server.start(endpoints);
  await pyflyteRegister(home, workspace, "connected");
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

const until = async <T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`after a minute: not ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const launch = async (program: string, name: string, x: number): Promise<void> => {
  const ran = await home.flyte(
    "launch",
    `lp:flytesnacks:development:connected.programs.${program}:v1`,
    "--input",
    `x=${x}`,
    "--name",
    name,
  );
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
};
const phaseOf = async (name: string): Promise<{ readonly phase: string; readonly outputs: unknown }> => {
  const read = async (what: string) =>
    (await (await fetch(`http://${endpoints.admin}/api/v1/${what}/flytesnacks/development/${name}`)).json()) as never;
  const { closure } = (await read("executions")) as { closure: { phase: string } };
  const { full_outputs: outputs } = (await read("data/executions")) as {
    full_outputs?: { literals?: { o0?: { scalar: { primitive: { integer: string } } } } };
  };
  return { phase: closure.phase, outputs: outputs?.literals?.o0?.scalar.primitive.integer };
};
const ended = (name: string) =>
  until(`${name} over`, async () => {
    const found = await phaseOf(name);
    return /SUCCEEDED|FAILED|ABORTED|TIMED_OUT/.test(found.phase) ? found : undefined;
  });
const asked = (what: string, x: number): number => server.journal.filter((entry) => entry.what === what && entry.x === x).length;
/** The one attempt of a task, as the API tells of it. */
const toldOf = async (name: string): Promise<{ readonly phase: string; readonly reasons?: readonly { readonly message: string }[] }> => {
  const url = `http://${endpoints.admin}/api/v1/task_executions/flytesnacks/development/${name}/n0?limit=10`;
  const { task_executions: all } = (await (await fetch(url)).json()) as { task_executions: { closure: { phase: string } }[] };
  return all[0]?.closure ?? { phase: "" };
};

describe("programs of connectors' tasks", () => {
  let out: Readonly<Record<string, Result>>;
  beforeAll(async () => {
    out = await driverResults(home, "connected.py", workspace, path.join(home.directory, "sensed"));
  }, 120_000);

  test("a sensor, jobs, a call and a plain task come to what flytekit alone makes of them", () => {
    expect(out["mixed"]).toMatchObject({ phase: "SUCCEEDED", outputs: 6100, local: 6100 });
    expect(out["only_sum"]).toMatchObject({ phase: "SUCCEEDED", outputs: 2, local: 2 });
    const told = out["mixed"]?.tasks ?? {};
    expect(
      Object.values(told)
        .map(([only]) => only?.type ?? "")
        .sort(),
    ).toEqual(["python-task", "sensor", "test_job", "test_job", "test_sum"]);
    expect(told["n1"]).toEqual([
      {
        phase: "SUCCEEDED",
        type: "test_job",
        logs: ["Job console"],
        info: { warehouse: "W1", x: 3, rows: 3 },
        reasons: ["job submitted", "launched", "job of 3 is at work", "done"],
        error: null,
      },
    ]);
    expect(told["n3"]).toMatchObject([{ type: "test_sum", info: { carried: false } }]);
  });

  test("a connector is told whose task it is", () => {
    const created = server.journal.find((entry) => entry.what === "create" && entry.x === 3);
    expect(created).toMatchObject({
      node: "n1",
      attempt: 0,
      namespace: "flytesnacks-development",
      env: { COLOUR: "green" },
      secrets: ["warehouse/token"],
      labels: {
        "execution-id": "mixed",
        project: "flytesnacks",
        domain: "development",
        "node-id": "n1",
        "task-name": "connected-job",
        "workflow-name": "connected-programs-mixed",
      },
      prefix: expect.stringMatching(/^s3:\/\/my-s3-bucket\/metadata\/propeller\/flytesnacks-development-mixed\/n1\/data\/0$/),
    });
  });

  const user = 1;
  test.each<[string, string, number, RegExp]>([
    [
      "refused",
      "TaskFailedWithError",
      user,
      /failed to create task from connector with rpc error: code = Internal desc = failed to create test_job task/,
    ],
    ["failed", "TaskFailedWithError", user, /failed to run the job: FAILED for 1/],
    ["aborted", "TaskFailedWithError", user, /failed to run the job with aborted phase\./],
    ["retried", "TaskFailedWithError", user, /failed to run the job: RETRYABLE_FAILED for 1/],
    [
      "broken",
      "AutoRefreshCacheFailed",
      user,
      /failed to get task from connector with rpc error: code = Internal desc = failed to get test_job task/,
    ],
    ["lying", "AutoRefreshCacheFailed", user, /unknown execution phase \[42\]\./],
    ["empty", "OutputsNotFound", user, /outputs not found/],
    ["other", "OutputsNotFound", user, /the connector's outputs \[o7\] lack \[o0\], which the task declares/],
    ["huge", "AutoRefreshCacheFailed", user, /code = ResourceExhausted desc = the reply is \d+ bytes; at most 11534336 are accepted/],
    [
      "sum_broken",
      "TaskFailedWithError",
      user,
      /failed to execute task from connector with rpc error: code = Internal desc = failed to do test_sum task/,
    ],
    ["sum_failed", "TaskFailedWithError", user, /failed to run the job: would not add/],
    ["sum_hung", "TaskFailedWithError", user, /code = DeadlineExceeded desc = no answer within 10000 ms/],
  ])("%s", (name, code, kind, error) => {
    expect(out[name]).toMatchObject({ phase: "FAILED", kind, error: expect.stringMatching(error) });
    expect(Object.values(out[name]?.tasks ?? {})[0]?.at(-1)?.error?.[0]).toBe(code);
  });

  test("jobs that ended by themselves are not deleted", () => {
    expect(server.journal.filter(({ what }) => what === "delete").length).toBe(out["broken"] && out["lying"] && out["huge"] ? 3 : 0);
  });
});

test("a task that only sleeps runs nowhere, for as long as it is told", async () => {
  const ran = await home.flyte(
    "launch",
    "lp:flytesnacks:development:connected.programs.rests:v1",
    "--input",
    "how_long=1.5s",
    "--name",
    "rests",
  );
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(await ended("rests")).toMatchObject({ phase: "SUCCEEDED" });
  const url = `http://${endpoints.admin}/api/v1/task_executions/flytesnacks/development/rests/n0?limit=10`;
  const { task_executions: all } = (await (await fetch(url)).json()) as {
    task_executions: { closure: { duration: string; task_type: string; logs?: unknown[] } }[];
  };
  expect(all.map(({ closure }) => closure.task_type)).toEqual(["core-sleep"]);
  expect(Number.parseFloat(all[0]?.closure.duration ?? "")).toBeGreaterThanOrEqual(1.5);
  expect(all[0]?.closure.logs ?? []).toEqual([]);
});

test("an execution that is terminated deletes its jobs", async () => {
  await launch("two_endless", "endless", 70);
  await until("two jobs", () => (asked("create", 70) === 2 ? true : undefined));
  expect((await home.flyte("terminate", "ex:flytesnacks:development:endless", "--cause", "enough")).code).toBe(0);
  expect(await ended("endless")).toMatchObject({ phase: "ABORTED" });
  await until("both deleted", () => (asked("delete", 70) === 2 ? true : undefined));
});

test("a job outlives the engine, and is not made again", { timeout: 90_000 }, async () => {
  await launch("only_long", "engine-dies", 71);
  await until("running", async () => ((await toldOf("engine-dies")).phase === "RUNNING" ? true : undefined));
  process.kill(endpoints.pid, "SIGKILL");
  endpoints = await home.data<Endpoints>("sandbox", "start");
  expect(await ended("engine-dies")).toEqual({ phase: "SUCCEEDED", outputs: "710" });
  expect(asked("create", 71)).toBe(1);
  expect(asked("delete", 71)).toBe(0);
});

test("a job outlives its connector's restart; what is begun meanwhile waits", { timeout: 90_000 }, async () => {
  await launch("only_long", "connector-dies", 72);
  await until("running", async () => ((await toldOf("connector-dies")).phase === "RUNNING" ? true : undefined));
  await server.kill();
  await launch("only_long", "meanwhile", 73);
  await launch("only_sum", "sum-meanwhile", 74);
  for (const name of ["connector-dies", "meanwhile", "sum-meanwhile"]) {
    await until(`${name} said to wait`, async () =>
      (await toldOf(name)).reasons?.find(({ message }) => /^the connector at localhost:\d+ cannot be reached: /.test(message)),
    );
  }
  // The engine, too, knows nobody any more.
  process.kill(endpoints.pid, "SIGKILL");
  endpoints = await home.data<Endpoints>("sandbox", "start");
  await server.start(endpoints);
  expect(await ended("connector-dies")).toEqual({ phase: "SUCCEEDED", outputs: "720" });
  expect(await ended("meanwhile")).toEqual({ phase: "SUCCEEDED", outputs: "730" });
  expect(await ended("sum-meanwhile")).toEqual({ phase: "SUCCEEDED", outputs: "75" });
  expect([asked("create", 72), asked("create", 73), asked("do", 74)]).toEqual([1, 1, 1]);
});
