import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { startOfTime } from "../admin/admin-kit.ts";
import { scope } from "../admin/fixtures.ts";
import { SchedulerKit } from "./scheduler-kit.ts";

const { MINUTE, HOUR, DAY } = flyteidl.admin.FixedRateUnit;
const { SCHEDULED } = flyteidl.admin.ExecutionMetadata.ExecutionMode;
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const cron = (schedule: string, kickoffTimeInputArg = "") => ({ cronSchedule: { schedule }, kickoffTimeInputArg });
const rate = (value: number, unit = MINUTE, kickoffTimeInputArg = "") => ({ rate: { value, unit }, kickoffTimeInputArg });
/** `from` and then every `step`, up to `to`, that included. */
const every = (step: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);

// The kit's clock begins at noon of 29 February 2024.
const iso = (...times: readonly string[]): number[] => times.map((time) => Date.parse(time));

test("a tick launches an execution of its own name, at its time, and with its time", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("nightly", cron("30 2 * * *", "when"));
  await kit.until(startOfTime + 2 * day);
  const ticks = iso("2024-03-01T02:30:00Z", "2024-03-02T02:30:00Z");
  expect(kit.launched.map(({ at, tick, kickoff, plan }) => ({ at, tick, kickoff, plan }))).toEqual(
    ticks.map((tick) => ({ at: tick, tick, kickoff: tick, plan: "nightly:v1" })),
  );
  const [first = { name: "" }] = kit.launched;
  expect(await kit.executions()).toEqual(kit.launched.map(({ name, tick }) => ({ name, tick, mode: SCHEDULED })));
  const data = await kit.admin.call("GetExecutionData", { id: { ...scope, name: first.name } });
  const when = data.fullInputs?.literals?.["when"]?.scalar?.primitive?.datetime;
  expect([Number(when?.seconds) * second, when?.nanos ?? 0]).toEqual([ticks[0], 0]);
  const { spec } = await kit.admin.call("GetExecution", { id: { ...scope, name: first.name } });
  expect([spec?.launchPlan?.name, spec?.metadata?.principal, spec?.metadata?.nesting ?? 0]).toEqual(["nightly", "", 0]);
  expect(kit.warnings).toEqual([]);
});

test("a year of schedules, each tick once and at its time", async () => {
  const kit = await SchedulerKit.open();
  kit.launcher = { create: async () => {} };
  const end = startOfTime + 366 * day;
  const plans: Readonly<Record<string, { schedule: object; ticks: readonly number[] }>> = {
    hourly: { schedule: cron("@hourly"), ticks: every(hour, startOfTime + hour, end) },
    daily: { schedule: cron("@daily"), ticks: every(day, startOfTime + 12 * hour, end) },
    weekly: { schedule: cron("@weekly"), ticks: every(7 * day, Date.parse("2024-03-03T00:00:00Z"), end) },
    monthly: {
      schedule: cron("@monthly"),
      ticks: Array.from({ length: 13 }, (_, n) => Date.UTC(2024, 2 + n, 1)).filter((tick) => tick <= end),
    },
    yearly: { schedule: cron("@yearly"), ticks: iso("2025-01-01T00:00:00Z") },
    leap: { schedule: cron("0 12 29 2 *"), ticks: [] },
    old: { schedule: { cronExpression: "0 0 1 */6 *" }, ticks: iso("2024-07-01T00:00:00Z", "2025-01-01T00:00:00Z") },
    rate: { schedule: rate(6, HOUR), ticks: every(6 * hour, startOfTime + 6 * hour, end) },
    slow: { schedule: rate(100, DAY), ticks: every(100 * day, startOfTime + 100 * day, end) },
    every: { schedule: cron("@every 36h"), ticks: every(36 * hour, startOfTime + 36 * hour, end) },
    // Clocks there went forward on 10 March and 9 March, at two, and back on 3 November.
    york: {
      schedule: cron("CRON_TZ=America/New_York 30 1 * * *"),
      ticks: Array.from({ length: 367 }, (_, n) => {
        const date = startOfTime - 12 * hour + n * day;
        const summer = date > Date.parse("2024-03-10T12:00:00Z") && date < Date.parse("2024-11-03T12:00:00Z");
        return (date === Date.parse("2024-11-03T00:00:00Z") ? [5.5, 6.5] : [summer ? 5.5 : 6.5]).map((at) => date + at * hour);
      })
        .flat()
        .filter((tick) => tick > startOfTime && tick <= end),
    },
    // At half past two there is none on the days that clocks go forward.
    skipped: {
      schedule: cron("CRON_TZ=Europe/Berlin 30 2 25-31 3 *"),
      ticks: [25, 26, 27, 28, 29, 30, 31].map((date) => Date.UTC(2024, 2, date, 1, 30)).slice(0, 6),
    },
  };
  await kit.begin({ burst: 100 });
  for (const [name, { schedule }] of Object.entries(plans)) await kit.plan(name, schedule);
  await kit.until(end);
  expect(kit.launched.filter(({ at, tick }) => at !== tick)).toEqual([]);
  for (const [name, { ticks }] of Object.entries(plans))
    expect(
      kit.launched.filter(({ plan }) => plan === `${name}:v1`).map(({ tick }) => new Date(tick).toISOString()),
      name,
    ).toEqual(ticks.map((tick) => new Date(tick).toISOString()));
  expect(kit.launched.length).toBe(Object.values(plans).reduce((sum, { ticks }) => sum + ticks.length, 0));
});

test("what was missed while none ran is launched, in order, not faster than may be, each once", async () => {
  const kit = await SchedulerKit.open();
  const first = await kit.begin();
  kit.launcher = { create: async () => {} };
  await kit.plan("minutely", cron("* * * * *"));
  await kit.plan("rarely", rate(1, DAY));
  await kit.until(startOfTime + 3 * minute);
  await kit.end(first);
  const back = startOfTime + 2 * day;
  await kit.until(back);
  expect(kit.launched.length).toBe(3);
  await kit.begin({ perSecond: 50, burst: 20 });
  await kit.until(back + minute);
  const minutely = kit.launched.filter(({ plan }) => plan === "minutely:v1");
  // The last of them is the one that came meanwhile.
  expect(minutely.map(({ tick }) => tick)).toEqual(every(minute, startOfTime + minute, back + minute));
  expect(kit.launched.filter(({ plan }) => plan === "rarely:v1").map(({ tick }) => tick)).toEqual([startOfTime + day, back]);
  const late = kit.launched.slice(3).map(({ at }) => at);
  for (let after = 0; after < 3_000; after += 100)
    expect(late.filter((at) => at <= back + after).length).toBeLessThanOrEqual(20 + Math.ceil(after / 20));
  expect(late.filter((at) => at === back).length).toBe(20);
  // Those of the day were not held up by those of the minutes.
  expect(kit.launched.find(({ tick, plan }) => tick === back && plan === "rarely:v1")?.at).toBeLessThan(back + second);
  expect(new Set(kit.launched.map(({ name }) => name)).size).toBe(kit.launched.length);
});

test("two schedulers on the same tables launch each tick once", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.begin();
  await kit.plan("a", cron("*/10 * * * *", "when"));
  await kit.plan("b", rate(7));
  await kit.until(startOfTime + 2 * hour);
  const ticks = [
    ...every(10 * minute, startOfTime + 10 * minute, startOfTime + 2 * hour),
    ...every(7 * minute, startOfTime + 7 * minute, startOfTime + 2 * hour),
  ];
  expect((await kit.executions()).map(({ tick }) => tick)).toEqual(ticks.toSorted((a, b) => a - b));
  // Both tried, and neither found that worth a word.
  expect(kit.launched.length).toBe(2 * ticks.length);
  expect(kit.warnings).toEqual([]);
});

test("an execution whose answer was lost with the scheduler is not launched again by the next one", async () => {
  const kit = await SchedulerKit.open();
  const first = await kit.begin();
  await kit.plan("a", cron("* * * * *"));
  await kit.until(startOfTime + minute);
  const { launcher } = kit;
  kit.launcher = {
    async create(request) {
      await launcher.create(request);
      throw new StatusError("UNAVAILABLE", "connection lost");
    },
  };
  await kit.until(startOfTime + 2 * minute);
  await kit.end(first);
  expect((await kit.admin.deps.state.read.schedules.listActive()).map(({ lastTick }) => lastTick)).toEqual(["2024-02-29T12:01:00.000000Z"]);
  expect((await kit.executions()).length).toBe(2);
  kit.launcher = launcher;
  await kit.until(startOfTime + 4 * minute);
  await kit.begin();
  await kit.until(startOfTime + 5 * minute);
  const ticks = every(minute, startOfTime + minute, startOfTime + 5 * minute);
  expect((await kit.executions()).map(({ tick }) => tick)).toEqual(ticks);
  expect(kit.launched.map(({ tick }) => tick)).toEqual([ticks[0], ticks[1], ...ticks.slice(1)]);
});

test("while admin is away ticks wait, tried less and less often, and none is lost", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("a", cron("* * * * *"));
  const { launcher } = kit;
  kit.launcher = { create: () => Promise.reject(new StatusError("UNAVAILABLE", "admin is away")) };
  await kit.until(startOfTime + 10 * minute);
  expect(new Set(kit.launched.map(({ tick }) => tick))).toEqual(new Set([startOfTime + minute]));
  const gaps = kit.launched.map(({ at }, n) => at - (kit.launched[n - 1]?.at ?? at));
  expect(gaps.slice(0, 12)).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  expect(Math.max(...gaps)).toBe(30_000);
  kit.launcher = launcher;
  await kit.until(startOfTime + 12 * minute);
  expect((await kit.executions()).map(({ tick }) => tick)).toEqual(every(minute, startOfTime + minute, startOfTime + 12 * minute));
  expect(new Set(kit.warnings)).toEqual(new Set(["a scheduled execution could not be created; it is tried again"]));
});

test("a tick that is refused is passed over, with one word of it, and holds up neither later ones nor others", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("a", cron("* * * * *"));
  await kit.until(startOfTime + minute);
  // Flyte, too, launches nothing for a project that is archived, and nothing of that time later.
  const { ARCHIVED, ACTIVE } = flyteidl.admin.Project.ProjectState;
  await kit.admin.call("UpdateProject", { id: scope.project, name: scope.project, state: ARCHIVED });
  await kit.until(startOfTime + 3 * minute);
  await kit.admin.call("UpdateProject", { id: scope.project, name: scope.project, state: ACTIVE });
  await kit.until(startOfTime + 4 * minute);
  expect((await kit.executions()).map(({ tick }) => tick)).toEqual([startOfTime + minute, startOfTime + 4 * minute]);
  expect(kit.launched.length).toBe(4);
  expect(kit.warnings).toEqual(Array.from({ length: 2 }, () => "a scheduled execution was refused; its tick is passed over"));
});

test("an inactive plan launches nothing, and what it did not launch is not made up for", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("a", cron("* * * * *"));
  await kit.plan("r", rate(2));
  await kit.until(startOfTime + 2 * minute + 10 * second);
  await kit.set("a", "INACTIVE");
  await kit.set("r", "INACTIVE");
  await kit.until(startOfTime + 10 * minute + 30 * second);
  await kit.set("a", "ACTIVE");
  await kit.set("r", "ACTIVE");
  await kit.until(startOfTime + 15 * minute);
  const ticksOf = (plan: string) => kit.launched.filter((one) => one.plan === plan).map(({ tick }) => (tick - startOfTime) / minute);
  expect(ticksOf("a:v1")).toEqual([1, 2, 11, 12, 13, 14, 15]);
  // Counted anew from when it became active.
  expect(ticksOf("r:v1")).toEqual([2, 12.5, 14.5]);
});

test("activated again while it is active a schedule goes on as it was", async () => {
  const kit = await SchedulerKit.open();
  const first = await kit.begin();
  await kit.plan("a", rate(10));
  for (let n = 1; n <= 5; n++) {
    await kit.until(startOfTime + n * 9 * minute);
    await kit.set("a", "ACTIVE");
  }
  expect(kit.launched.map(({ tick }) => (tick - startOfTime) / minute)).toEqual([10, 20, 30, 40]);
  await kit.end(first);
  await kit.until(startOfTime + 65 * minute);
  // Nor does it lose what was missed meanwhile.
  await kit.set("a", "ACTIVE");
  await kit.begin();
  expect(kit.launched.map(({ tick }) => (tick - startOfTime) / minute)).toEqual([10, 20, 30, 40, 50, 60]);
});

test("from one version to the next each tick has one execution", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("a", cron("* * * * *"));
  await kit.until(startOfTime + 2 * minute);
  await kit.plan("a", cron("*/2 * * * *"), { version: "v2" });
  await kit.until(startOfTime + 6 * minute);
  await kit.set("a", "ACTIVE", "v1");
  await kit.until(startOfTime + 8 * minute);
  expect(kit.launched.map(({ plan, tick }) => `${plan} ${(tick - startOfTime) / minute}`)).toEqual([
    "a:v1 1",
    "a:v1 2",
    "a:v2 4",
    "a:v2 6",
    "a:v1 7",
    "a:v1 8",
  ]);
});

test("deactivated in the middle of catching up it stops there", async () => {
  const kit = await SchedulerKit.open();
  kit.launcher = { create: async () => {} };
  await kit.plan("a", cron("* * * * *"));
  await kit.until(startOfTime + day);
  await kit.begin({ perSecond: 10, burst: 1 });
  await kit.until(startOfTime + day + 2 * second);
  const before = kit.launched.length;
  expect(before).toBe(21);
  await kit.set("a", "INACTIVE");
  await kit.until(startOfTime + 2 * day);
  expect(kit.launched.length).toBe(before);
});

test("a fixed rate gives its time where the input would have no value otherwise", async () => {
  const kit = await SchedulerKit.open();
  await kit.begin();
  await kit.plan("needs", rate(30, MINUTE, "when"));
  // As in Flyte: the time of a tick is given by cron expressions.
  await kit.plan("falls", rate(30, MINUTE, "when"), { fallback: 1_700_000_000 });
  await kit.plan("cron", cron("30 * * * *", "when"), { fallback: 1_700_000_000 });
  const tick = startOfTime + 30 * minute;
  await kit.until(tick);
  const given = Object.fromEntries(kit.launched.map(({ plan, kickoff }) => [plan, kickoff]));
  expect(given).toEqual({ "needs:v1": tick, "falls:v1": undefined, "cron:v1": tick });
  expect((await kit.executions()).length).toBe(3);
});

test("schedules that begin while many are under way are followed, and a hundred at once are not launched at once", async () => {
  const kit = await SchedulerKit.open();
  let [running, most] = [0, 0];
  kit.launcher = {
    async create() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    },
  };
  await kit.begin({ perSecond: 100_000, burst: 1_000 });
  const names = Array.from({ length: 100 }, (_, n) => `plan-${n}`);
  for (const name of names) await kit.plan(name, cron("* * * * *"));
  await kit.until(startOfTime + 2 * minute);
  expect(kit.launched.map(({ plan }) => plan).toSorted()).toEqual([...names, ...names].map((name) => `${name}:v1`).toSorted());
  expect(most).toBe(16);
});

test("tables that cannot be read are read again", async () => {
  const kit = await SchedulerKit.open();
  await kit.plan("a", cron("* * * * *"));
  const { read } = kit.admin.deps.state;
  const { listActive } = read.schedules;
  let failures = 0;
  Object.assign(read.schedules, {
    listActive: () => (++failures > 2 ? listActive() : Promise.reject(new StatusError("UNAVAILABLE", "no database"))),
  });
  await kit.begin();
  await kit.until(startOfTime + minute);
  expect(kit.launched.map(({ tick }) => tick)).toEqual([startOfTime + minute]);
  expect([failures, kit.warnings.length]).toEqual([3, 2]);
});
