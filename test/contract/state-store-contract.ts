import { describe, expect, test } from "vitest";
import type { NamedEntityId } from "../../src/idl/identifiers.ts";
import type { ListQuery } from "../../src/ports/list-query.ts";
import type { StateStore, StateWriter } from "../../src/ports/state-store.ts";
import { ManualClock } from "../../src/std/clock.ts";
import type { Clock } from "../../src/std/clock.ts";
import {
  artifact,
  at,
  bytes,
  dataset,
  description,
  entity,
  execution,
  executionRow,
  launchPlan,
  nodeRow,
  project,
  signal,
  task,
  taskExecutionRow,
  workflow,
} from "./state-rows.ts";

export interface OpenedStateStore {
  readonly state: StateStore;
  close(): Promise<void>;
}

export const everything: ListQuery = { filters: [], limit: 1000, offset: 0 };

/** What every StateStore does, tables and transactions; lists and filters are in list-query-contract.ts. */
export function stateStoreContract(open: (clock: Clock) => Promise<OpenedStateStore>): void {
  const withStore = async (use: (state: StateStore, opened: OpenedStateStore) => Promise<void>): Promise<void> => {
    const opened = await open(new ManualClock(Date.UTC(2024, 0, 2)));
    try {
      await use(opened.state, opened);
    } finally {
      await opened.close();
    }
  };

  describe("rows", () => {
    test("a project is inserted, read, listed and updated", () =>
      withStore(async (state) => {
        await state.write((writer) => writer.projects.insert(project()));
        expect(await state.read.projects.get("p")).toStrictEqual(project());
        expect(await state.read.projects.get("P")).toBeUndefined();
        expect(await state.write((writer) => writer.projects.update(project({ name: "New", state: 1 })))).toBe(true);
        expect(await state.write((writer) => writer.projects.update(project({ identifier: "other" })))).toBe(false);
        expect(await state.read.projects.list(everything)).toStrictEqual([project({ name: "New", state: 1 })]);
      }));

    test("tasks, workflows and launch plans come back as they went in, by id and by key", () =>
      withStore(async (state) => {
        const [taskKey, workflowKey, planKey] = await state.write(
          async (writer) =>
            [
              await writer.tasks.insert(task()),
              await writer.workflows.insert(workflow()),
              await writer.launchPlans.insert(launchPlan({ scheduleType: "CRON" })),
            ] as const,
        );
        const { tasks, workflows, launchPlans } = state.read;
        expect(await tasks.get(entity())).toStrictEqual({ ...task(), key: taskKey });
        expect(await tasks.getByKey(taskKey)).toStrictEqual({ ...task(), key: taskKey });
        expect(await workflows.get(entity())).toStrictEqual({ ...workflow(), key: workflowKey });
        expect(await workflows.getByKey(workflowKey)).toStrictEqual({ ...workflow(), key: workflowKey });
        expect(await launchPlans.get(entity())).toStrictEqual({ ...launchPlan({ scheduleType: "CRON" }), key: planKey });
        expect(await launchPlans.getByKey(planKey)).toStrictEqual({ ...launchPlan({ scheduleType: "CRON" }), key: planKey });
        for (const other of [{ project: "x" }, { domain: "x" }, { name: "x" }, { version: "x" }]) {
          expect(await tasks.get(entity(other))).toBeUndefined();
          expect(await workflows.get(entity(other))).toBeUndefined();
          expect(await launchPlans.get(entity(other))).toBeUndefined();
        }
        expect(await tasks.getByKey(999)).toBeUndefined();
      }));

    test("the active launch plan of a name is the one whose state says so", () =>
      withStore(async (state) => {
        const name: NamedEntityId = { project: "p", domain: "d", name: "n" };
        const [one, two] = await state.write(
          async (writer) =>
            [
              await writer.launchPlans.insert(launchPlan({ version: "1" })),
              await writer.launchPlans.insert(launchPlan({ version: "2" })),
            ] as const,
        );
        await state.write((writer) => writer.launchPlans.insert(launchPlan({ name: "other", state: 1 })));
        expect(await state.read.launchPlans.getActive(name)).toBeUndefined();
        await state.write((writer) => writer.launchPlans.setState(one, 1, at(7)));
        expect(await state.read.launchPlans.getActive(name)).toMatchObject({ version: "1", state: 1, createdAt: at(0), updatedAt: at(7) });
        await state.write(async (writer) => {
          await writer.launchPlans.setState(one, 0, at(8));
          await writer.launchPlans.setState(two, 1, at(8));
        });
        expect(await state.read.launchPlans.getActive(name)).toMatchObject({ version: "2", key: two });
      }));

    test("a schedule is followed from when its plan became active, never back, and not once it is inactive", () =>
      withStore(async (state) => {
        const schedule = { ...entity(), cron: "@daily", rate: { value: 0, unit: 0 }, kickoffArgument: "when" };
        const other = { ...entity({ name: "a" }), cron: "", rate: { value: 5, unit: 2 }, kickoffArgument: "" };
        const { schedules } = state.read;
        const name: NamedEntityId = entity();
        expect([await schedules.listActive(), await schedules.getActive(name)]).toEqual([[], undefined]);
        await state.write((writer) => writer.schedules.activate(schedule, at(1)));
        await state.write((writer) => writer.schedules.activate(other, at(2)));
        const [kept, second] = [
          { ...schedule, activatedAt: at(1), lastTick: null },
          { ...other, activatedAt: at(2), lastTick: null },
        ];
        expect(await schedules.getActive(name)).toStrictEqual(kept);
        expect(await schedules.listActive()).toStrictEqual([second, kept]);
        for (const wrong of [{ project: "x" }, { domain: "x" }, { name: "x" }])
          expect(await schedules.getActive(entity(wrong))).toBeUndefined();
        // Active already: it goes on.
        await state.write((writer) => writer.schedules.activate(schedule, at(5)));
        await state.write((writer) => writer.schedules.setLastTick(schedule, at(4)));
        await state.write((writer) => writer.schedules.setLastTick(schedule, at(3)));
        await state.write((writer) => writer.schedules.setLastTick({ ...schedule, version: "other" }, at(9)));
        expect(await schedules.getActive(name)).toStrictEqual({ ...kept, lastTick: at(4) });
        await state.write((writer) => writer.schedules.deactivate({ ...schedule, version: "other" }, at(6)));
        expect(await schedules.listActive()).toHaveLength(2);
        await state.write((writer) => writer.schedules.deactivate(schedule, at(6)));
        expect([await schedules.listActive(), await schedules.getActive(name)]).toStrictEqual([[second], undefined]);
        await state.write((writer) => writer.schedules.activate(schedule, at(7)));
        expect(await schedules.getActive(name)).toStrictEqual({ ...kept, activatedAt: at(7), lastTick: at(4) });
      }));

    test("a description comes back for its kind of entity and version, and is written once", () =>
      withStore(async (state) => {
        const rows = [description(), description({ resourceType: 2 }), description({ version: "v2", shortDescription: "other" })];
        const keys = await state.write(async (writer) => {
          const inserted: number[] = [];
          for (const row of rows) inserted.push(await writer.descriptions.insert(row));
          return inserted;
        });
        expect(await state.read.descriptions.get(1, entity())).toStrictEqual({ ...rows[0], key: keys[0] });
        expect(await state.read.descriptions.get(2, entity())).toStrictEqual({ ...rows[1], key: keys[1] });
        expect(await state.read.descriptions.get(2, entity({ version: "v2" }))).toBeUndefined();
        const ofTasks: ListQuery = {
          ...everything,
          filters: [{ entity: "description_entity", column: "resource_type", function: "eq", values: [1] }],
          sort: { column: "version", direction: "DESCENDING" },
        };
        expect((await state.read.descriptions.list(ofTasks)).map((row) => row.key)).toEqual([keys[2], keys[0]]);
        const again = state.write((writer) => writer.descriptions.insert(description()));
        await expect(again).rejects.toMatchObject({ status: "ALREADY_EXISTS" });
      }));

    test("a signal comes back for its execution and id, is written once, and may be set", () =>
      withStore(async (state) => {
        const rows = [signal(), signal({ signalId: "other" }), signal({ execution: execution("other") })];
        const keys = await state.write(async (writer) => {
          const inserted: number[] = [];
          for (const row of rows) inserted.push(await writer.signals.insert(row));
          return inserted;
        });
        const first = { ...signal(), key: keys[0] ?? 0 };
        expect(await state.read.signals.get(execution(), "go")).toStrictEqual(first);
        expect(await state.read.signals.get(execution("other"), "absent")).toBeUndefined();
        await state.write((writer) => writer.signals.setValue(first, bytes(8), at(5)));
        expect(await state.read.signals.get(execution(), "go")).toStrictEqual({ ...first, value: bytes(8), updatedAt: at(5) });
        expect(await state.read.signals.get(execution(), "other")).toMatchObject({ value: null });
        const ofOne: ListQuery = {
          ...everything,
          filters: [{ entity: "signal", column: "execution_name", function: "eq", values: [execution().name] }],
          sort: { column: "signal_id", direction: "DESCENDING" },
        };
        expect((await state.read.signals.list(ofOne)).map((row) => row.signalId)).toEqual(["other", "go"]);
        await expect(state.write((writer) => writer.signals.insert(signal()))).rejects.toMatchObject({ status: "ALREADY_EXISTS" });
      }));

    test("an execution is inserted, locked, updated in every column that may change, and counted by phase", () =>
      withStore(async (state) => {
        const key = await state.write((writer) => writer.executions.insert(executionRow()));
        expect(await state.read.executions.get(execution())).toStrictEqual({ ...executionRow(), key });
        const changed = {
          ...executionRow({
            phase: "FAILED",
            spec: bytes(9, 9),
            closure: bytes(),
            updatedAt: at(9),
            startedAt: at(3),
            duration: 3_600_500_000_000,
            abortCause: "why",
            mode: 3,
            sourceExecutionKey: 7,
            parentNodeExecutionKey: 8,
            cluster: "c",
            inputsUri: "i",
            userInputsUri: "u",
            errorKind: "USER",
            errorCode: "E",
            user: "other",
            state: 1,
            launchEntity: "task",
            lastSequence: 12,
          }),
          key,
        };
        await state.write(async (writer) => {
          expect(await writer.executions.lock(execution())).toStrictEqual({ ...executionRow(), key });
          await writer.executions.update(changed);
          expect(await writer.executions.getByKey(key)).toStrictEqual(changed);
        });
        expect(await state.read.executions.getByKey(key)).toStrictEqual(changed);
        await state.write(async (writer) => {
          const { cluster } = changed;
          expect(await writer.executions.lockSequence(execution())).toStrictEqual({ key, cluster, lastSequence: 12 });
          await writer.executions.setSequence(key, 13);
          expect(await writer.executions.lockSequence(execution())).toStrictEqual({ key, cluster, lastSequence: 13 });
          expect(await writer.executions.lock(execution())).toStrictEqual({ ...changed, lastSequence: 13 });
          expect(await writer.executions.lockSequence(execution("none"))).toBeUndefined();
          await expect(writer.executions.setSequence(key + 1000, 1)).rejects.toMatchObject({ status: "NOT_FOUND" });
          expect(await writer.executions.lock(execution("none"))).toBeUndefined();
          await writer.executions.insert(executionRow({ id: execution("e2") }));
          await writer.executions.insert(executionRow({ id: execution("e3") }));
          await writer.executions.insert(executionRow({ id: execution("e4", { domain: "other" }) }));
        });
        expect(await state.read.executions.countByPhase("p", "d")).toStrictEqual({ FAILED: 1, QUEUED: 2 });
        expect(await state.read.executions.countByPhase("p", "none")).toStrictEqual({});
      }));

    test("an execution that never began is taken back with what watchers saw of it", () =>
      withStore(async (state) => {
        await state.write(async (writer) => {
          await writer.executions.insert(executionRow());
          await writer.executions.insert(executionRow({ id: execution("e2") }));
          for (const id of [execution(), execution("e2")]) await writer.watch.append(id, [{ sequence: 1, event: bytes(1) }]);
        });
        await state.write(async (writer) => {
          await writer.executions.delete(execution());
          await writer.executions.delete(execution("none"));
        });
        expect(await state.read.executions.get(execution())).toBeUndefined();
        expect(await state.read.watch.after(execution(), 0, 10)).toEqual([]);
        expect((await state.read.watch.after(execution("e2"), 0, 10)).length).toBe(1);
        expect(await state.read.executions.get(execution("e2"))).toBeDefined();
      }));

    test("an update of a row that is not there is NOT_FOUND", () =>
      withStore(async (state) => {
        const updates: ((writer: StateWriter) => Promise<void>)[] = [
          (writer) => writer.executions.update({ ...executionRow(), key: 5 }),
          (writer) => writer.nodeExecutions.update({ ...nodeRow(), key: 5 }),
          (writer) => writer.taskExecutions.update({ ...taskExecutionRow(), key: 5 }),
          (writer) => writer.launchPlans.setState(5, 1, at(0)),
          (writer) => writer.catalog.updateArtifact({ ...artifact(1), key: 5 }),
        ];
        for (const update of updates) await expect(state.write(update)).rejects.toMatchObject({ status: "NOT_FOUND" });
      }));

    test("node executions are listed by parent", () =>
      withStore(async (state) => {
        const id = (nodeId: string) => ({ execution: execution(), nodeId });
        const parent = await state.write((writer) => writer.nodeExecutions.insert(nodeRow()));
        await state.write(async (writer) => {
          await writer.nodeExecutions.insert(nodeRow({ id: id("child"), parentKey: parent }));
          await writer.nodeExecutions.insert(nodeRow({ id: id("of-task"), parentTaskExecutionKey: 3 }));
          await writer.nodeExecutions.insert(nodeRow({ id: id("top") }));
        });
        const names = async (of: number | "top-level" | "any") =>
          (await state.read.nodeExecutions.list(everything, of)).map((row) => row.id.nodeId);
        expect(await names("any")).toEqual(["n0", "child", "of-task", "top"]);
        expect(await names("top-level")).toEqual(["n0", "top"]);
        expect(await names(parent)).toEqual(["child"]);
        const changed = {
          ...nodeRow({
            phase: "SUCCEEDED",
            startedAt: at(3),
            duration: 5,
            cacheStatus: "CACHE_HIT",
            errorKind: "USER",
            errorCode: "x",
            dynamicWorkflowClosureUri: "d",
            closure: bytes(1, 1),
            metadata: bytes(2, 2),
            updatedAt: at(5),
          }),
          key: parent,
        };
        await state.write((writer) => writer.nodeExecutions.update(changed));
        expect(await state.read.nodeExecutions.get(id("n0"))).toStrictEqual(changed);
        expect(await state.read.nodeExecutions.getByKey(parent)).toStrictEqual(changed);
        expect(await state.read.nodeExecutions.get(id("none"))).toBeUndefined();
      }));

    test("a task execution keeps its usage, fractions of CPU seconds too", () =>
      withStore(async (state) => {
        const key = await state.write((writer) => writer.taskExecutions.insert(taskExecutionRow()));
        const changed = {
          ...taskExecutionRow({
            phase: "FAILED",
            phaseVersion: 4,
            duration: 1e9,
            cpuSeconds: 1.234567890123,
            peakMemoryBytes: 2 ** 40,
            startedAt: at(2),
          }),
          key,
        };
        await state.write((writer) => writer.taskExecutions.update(changed));
        expect(await state.read.taskExecutions.get(changed.id)).toStrictEqual(changed);
        expect(await state.read.taskExecutions.get({ ...changed.id, retryAttempt: 1 })).toBeUndefined();
        expect(await state.read.taskExecutions.list(everything)).toStrictEqual([changed]);
      }));

    test("watch events are appended all or none and read after a sequence", () =>
      withStore(async (state) => {
        const events = [1, 2, 3].map((sequence) => ({ sequence, event: bytes(sequence) }));
        await state.write((writer) => writer.watch.append(execution(), events));
        await state.write((writer) => writer.watch.append(execution("other"), [{ sequence: 9, event: bytes(9) }]));
        expect(await state.read.watch.after(execution(), 0, 10)).toStrictEqual(events);
        expect(await state.read.watch.after(execution(), 1, 1)).toStrictEqual([events[1]]);
        expect(await state.read.watch.after(execution(), 3, 10)).toEqual([]);
        await state.write(async (writer) => {
          const again = writer.watch.append(execution(), [
            { sequence: 4, event: bytes(4) },
            { sequence: 3, event: bytes(33) },
          ]);
          await expect(again).rejects.toMatchObject({ status: "ALREADY_EXISTS" });
        });
        expect(await state.read.watch.after(execution(), 0, 10)).toStrictEqual(events);
      }));

    test("a name is an entity as soon as it has a version; without metadata its state is 0", () =>
      withStore(async (state) => {
        const metadata = { resourceType: 1, project: "p", domain: "d", name: "b", description: "about b", state: 1 };
        await state.write(async (writer) => {
          for (const [name, version] of [
            ["b", "1"],
            ["a", "1"],
            ["b", "2"],
          ] as const)
            await writer.tasks.insert(task({ name, version }));
          await writer.workflows.insert(workflow({ name: "w" }));
          await writer.namedEntities.upsert({ ...metadata, description: "first" }, at(0));
          await writer.namedEntities.upsert(metadata, at(1));
          await writer.namedEntities.upsert({ ...metadata, name: "no-version" }, at(1));
        });
        const plain = { resourceType: 1, project: "p", domain: "d", name: "a", description: "", state: 0 };
        expect(await state.read.namedEntities.list(1, everything)).toStrictEqual([metadata, plain]);
        expect(await state.read.namedEntities.list(2, everything)).toStrictEqual([{ ...plain, resourceType: 2, name: "w" }]);
        expect(await state.read.namedEntities.list(3, everything)).toEqual([]);
        expect(await state.read.namedEntities.get(1, { project: "p", domain: "d", name: "b" })).toStrictEqual(metadata);
        expect(await state.read.namedEntities.get(1, { project: "p", domain: "d", name: "no-version" })).toBeUndefined();
        expect(await state.read.namedEntities.get(2, { project: "p", domain: "d", name: "b" })).toBeUndefined();
        await expect(state.read.namedEntities.list(4, everything)).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
      }));
  });

  describe("the catalog", () => {
    test("datasets: by id, by key, listed by what is given", () =>
      withStore(async (state) => {
        const keys = await state.write(async (writer) => [
          await writer.catalog.insertDataset(dataset({ createdAt: at(3) })),
          await writer.catalog.insertDataset(dataset({ id: entity({ version: "v2" }), partitionKeys: [], createdAt: at(1) })),
          await writer.catalog.insertDataset(dataset({ id: entity({ name: "other" }), createdAt: at(3) })),
        ]);
        expect(await state.read.catalog.dataset(entity())).toStrictEqual({ ...dataset({ createdAt: at(3) }), key: keys[0] });
        expect((await state.read.catalog.datasetByKey(keys[1] ?? 0))?.partitionKeys).toEqual([]);
        expect(await state.read.catalog.dataset(entity({ version: "none" }))).toBeUndefined();
        const list = async (...query: Parameters<StateStore["read"]["catalog"]["listDatasets"]>) =>
          (await state.read.catalog.listDatasets(...query)).map((row) => row.key);
        expect(await list({}, { descending: false, limit: 10, offset: 0 })).toEqual([keys[1], keys[0], keys[2]]);
        expect(await list({}, { descending: true, limit: 10, offset: 0 })).toEqual([keys[2], keys[0], keys[1]]);
        expect(await list({ name: "n", domain: "d" }, { descending: true, limit: 10, offset: 1 })).toEqual([keys[1]]);
        expect(await list({}, { descending: true, limit: 0, offset: 0 })).toEqual([]);
      }));

    test("artifacts keep the order of their data, are found by id and tag, and replaced whole", () =>
      withStore(async (state) => {
        const { catalog } = state.read;
        const [set, key] = await state.write(async (writer) => {
          const set = await writer.catalog.insertDataset(dataset());
          return [set, await writer.catalog.insertArtifact(artifact(set))] as const;
        });
        expect(await catalog.artifact(set, "a-1")).toStrictEqual({ ...artifact(set), key });
        expect(await catalog.artifactById("a-1")).toStrictEqual({ ...artifact(set), key });
        expect(await catalog.artifact(set + 1, "a-1")).toBeUndefined();
        expect(await catalog.artifactByTag(set, "t")).toBeUndefined();
        await state.write((writer) => writer.catalog.insertTag(set, "t", key));
        expect(await catalog.artifactByTag(set, "t")).toStrictEqual({ ...artifact(set), key });
        expect(await catalog.tags(key)).toEqual(["t"]);
        const replaced = {
          ...artifact(set, { data: [{ name: "only", uri: "s3://b/o" }], metadata: bytes(), partitions: { day: "2" } }),
          key,
        };
        await state.write((writer) => writer.catalog.updateArtifact(replaced));
        expect(await catalog.artifactByTag(set, "t")).toStrictEqual(replaced);
        expect(
          await catalog.listArtifacts(set, { tags: [], partitions: [["region", "eu"]] }, { descending: true, limit: 9, offset: 0 }),
        ).toEqual([]);
        await state.write((writer) => writer.catalog.updateArtifact({ ...replaced, data: [] }));
        expect((await catalog.artifact(set, "a-1"))?.data).toEqual([]);
        await state.write((writer) => writer.catalog.deleteArtifact(key));
        expect(await catalog.artifactById("a-1")).toBeUndefined();
        expect(await catalog.tags(key)).toEqual([]);
        const again = await state.write((writer) => writer.catalog.insertArtifact(artifact(set)));
        expect(again).toBeGreaterThan(key);
        expect(await catalog.artifact(set, "a-1")).toStrictEqual({ ...artifact(set), key: again });
      }));

    test("artifacts are listed by every tag and partition pair given, a page at a time", () =>
      withStore(async (state) => {
        const set = await state.write(async (writer) => {
          const set = await writer.catalog.insertDataset(dataset());
          for (let n = 0; n < 6; n++) {
            const partitions = { day: String(n % 2), region: n < 3 ? "eu" : "us" };
            const key = await writer.catalog.insertArtifact(
              artifact(set, { artifactId: `a${n}`, partitions, createdAt: at(n < 4 ? 1 : 0) }),
            );
            await writer.catalog.insertTag(set, `tag${n}`, key);
            if (n % 3 === 0) await writer.catalog.insertTag(set, `third${n}`, key);
          }
          const other = await writer.catalog.insertDataset(dataset({ id: entity({ name: "o" }) }));
          await writer.catalog.insertArtifact(artifact(other, { artifactId: "foreign" }));
          return set;
        });
        const list = async (tags: string[], partitions: [string, string][], page = { descending: false, limit: 10, offset: 0 }) =>
          (await state.read.catalog.listArtifacts(set, { tags, partitions }, page)).map((row) => row.artifactId);
        expect(await list([], [])).toEqual(["a4", "a5", "a0", "a1", "a2", "a3"]);
        expect(await list([], [], { descending: true, limit: 10, offset: 0 })).toEqual(["a3", "a2", "a1", "a0", "a5", "a4"]);
        expect(await list([], [], { descending: true, limit: 2, offset: 3 })).toEqual(["a0", "a5"]);
        expect(await list([], [["day", "1"]])).toEqual(["a5", "a1", "a3"]);
        expect(
          await list(
            [],
            [
              ["day", "1"],
              ["region", "us"],
            ],
          ),
        ).toEqual(["a5", "a3"]);
        expect(await list(["tag3", "third3"], [])).toEqual(["a3"]);
        expect(await list(["tag3", "third0"], [])).toEqual([]);
        expect(await list(["tag3"], [["region", "eu"]])).toEqual([]);
      }));

    test("matchable resources: one at a scope and type, those that hold in a scope the most specific first", () =>
      withStore(async (state) => {
        const scope = (domain = "", workflow = "", launchPlan = "", of = "p") => ({ project: of, domain, workflow, launchPlan });
        const row = (resourceType: string, at: ReturnType<typeof scope>, ...values: number[]) => ({
          ...at,
          resourceType,
          attributes: bytes(...values),
        });
        const scopes = [scope("d", "w"), scope("", "", "", "q"), scope(), scope("d", "w", "l"), scope("e", "w"), scope("d")];
        await state.write(async (writer) => {
          for (const [index, at] of scopes.entries()) await writer.matchables.put(row("A", at, index, 255));
          await writer.matchables.put(row("B", scope("d"), 9));
        });
        const { matchables } = state.read;
        expect(await matchables.match(scope("d", "w", "l"))).toStrictEqual([
          row("A", scope("d", "w", "l"), 3, 255),
          row("A", scope("d", "w"), 0, 255),
          row("A", scope("d"), 5, 255),
          row("B", scope("d"), 9),
          row("A", scope(), 2, 255),
        ]);
        expect(await matchables.match(scope("d", "other"))).toStrictEqual([
          row("A", scope("d"), 5, 255),
          row("B", scope("d"), 9),
          row("A", scope(), 2, 255),
        ]);
        expect(await matchables.match(scope("", "", "", "none"))).toEqual([]);
        expect((await matchables.list("A")).map((one) => one.attributes[0])).toEqual([3, 0, 4, 5, 1, 2]);
        expect(await matchables.list("C")).toEqual([]);

        await state.write(async (writer) => {
          expect(await writer.matchables.lock("A", scope("none"))).toBeUndefined();
          expect(await writer.matchables.lock("B", scope("d"))).toStrictEqual(row("B", scope("d"), 9));
          await writer.matchables.put(row("B", scope("d"), 7));
          await writer.matchables.delete("A", scope());
          await writer.matchables.delete("A", scope("none"));
        });
        expect(await matchables.get("B", scope("d"))).toStrictEqual(row("B", scope("d"), 7));
        expect(await matchables.get("A", scope())).toBeUndefined();
        expect(await matchables.get("A", scope("", "", "", "q"))).toStrictEqual(row("A", scope("", "", "", "q"), 1, 255));
        expect(await matchables.list("A")).toHaveLength(5);
      }));

    test("tags and reservations", () =>
      withStore(async (state) => {
        const [set, key] = await state.write(async (writer) => {
          const set = await writer.catalog.insertDataset(dataset());
          const key = await writer.catalog.insertArtifact(artifact(set));
          await writer.catalog.insertTag(set, "t", key);
          return [set, key] as const;
        });
        expect(await state.write((writer) => writer.catalog.deleteTag(set, "t"))).toBe(true);
        expect(await state.write((writer) => writer.catalog.deleteTag(set, "t"))).toBe(false);
        expect(await state.read.catalog.tags(key)).toEqual([]);
        const held = { datasetKey: set, tag: "t", ownerId: "me", expiresAt: at(1) };
        await state.write((writer) => writer.catalog.putReservation(held));
        await state.write((writer) => writer.catalog.putReservation({ ...held, expiresAt: at(2) }));
        expect(await state.read.catalog.reservation(set, "t")).toStrictEqual({ ...held, expiresAt: at(2) });
        expect(await state.read.catalog.reservation(set, "u")).toBeUndefined();
        expect(await state.write((writer) => writer.catalog.deleteReservation(set, "t", "other"))).toBe(false);
        expect(await state.write((writer) => writer.catalog.deleteReservation(set, "t", "me"))).toBe(true);
        expect(await state.read.catalog.reservation(set, "t")).toBeUndefined();
      }));
  });

  describe("what is there already", () => {
    const inserts: Record<string, readonly [columns: string, insert: (writer: StateWriter) => Promise<unknown>]> = {
      project: ["identifier", (writer) => writer.projects.insert(project())],
      task: ["project, domain, name, version", (writer) => writer.tasks.insert(task())],
      workflow: ["project, domain, name, version", (writer) => writer.workflows.insert(workflow())],
      "launch plan": ["project, domain, name, version", (writer) => writer.launchPlans.insert(launchPlan())],
      execution: ["execution_project, execution_domain, execution_name", (writer) => writer.executions.insert(executionRow())],
      "node execution": [
        "execution_project, execution_domain, execution_name, node_id",
        (writer) => writer.nodeExecutions.insert(nodeRow()),
      ],
      "task execution": [
        "execution_project, execution_domain, execution_name, node_id, project, domain, name, version, retry_attempt",
        (writer) => writer.taskExecutions.insert(taskExecutionRow()),
      ],
      dataset: ["project, domain, name, version", (writer) => writer.catalog.insertDataset(dataset())],
      artifact: ["dataset_id, artifact_id", async (writer) => writer.catalog.insertArtifact(artifact((await anyDataset(writer)).key))],
      tag: [
        "dataset_id, tag_name",
        async (writer) => {
          const { key } = await anyDataset(writer);
          const found = await writer.catalog.artifact(key, "tagged");
          await writer.catalog.insertTag(
            key,
            "t",
            found?.key ?? (await writer.catalog.insertArtifact(artifact(key, { artifactId: "tagged" }))),
          );
        },
      ],
    };
    const anyDataset = async (writer: StateWriter) => {
      const id = entity({ name: "of artifacts" });
      return (await writer.catalog.dataset(id)) ?? { key: await writer.catalog.insertDataset(dataset({ id })) };
    };

    test("writes that only insert, at the same time: who finds its row there is undone and refused alone", () =>
      withStore(async (state) => {
        await state.write((writer) => writer.tasks.insert(task({ version: "v7" })));
        const both = (n: number) =>
          state.write(async (writer) => {
            await writer.projects.insert(project({ identifier: `p${n}` }));
            await writer.tasks.insert(task({ version: `v${n}` }));
          }, "inserts");
        const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => both(n)));
        for (const [n, outcome] of outcomes.entries()) {
          expect(outcome).toMatchObject(n === 7 ? { status: "rejected", reason: { status: "ALREADY_EXISTS" } } : { status: "fulfilled" });
          expect((await state.read.projects.get(`p${n}`))?.identifier).toBe(n === 7 ? undefined : `p${n}`);
          expect((await state.read.tasks.get(task({ version: `v${n}` })))?.version).toBe(`v${n}`);
        }
      }));

    test.for(Object.entries(inserts))("a second %s is refused and the transaction goes on", ([, [columns, insert]]) =>
      withStore(async (state) => {
        await state.write(insert);
        await state.write(async (writer) => {
          const refused = { status: "ALREADY_EXISTS", message: `value with matching already exists (${columns})` };
          await expect(insert(writer)).rejects.toMatchObject(refused);
          await writer.projects.insert(project({ identifier: "after" }));
        });
        expect(await state.read.projects.get("after")).toBeDefined();
      }),
    );
  });

  describe("transactions", () => {
    test("keys rise", () =>
      withStore(async (state) => {
        const keys: number[] = [];
        for (let n = 0; n < 20; n++) keys.push(await state.write((writer) => writer.tasks.insert(task({ version: String(n) }))));
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
      }));

    test("a write sees its own rows and gives its result", () =>
      withStore(async (state) => {
        const seen = await state.write(async (writer) => {
          await writer.tasks.insert(task());
          return (await writer.tasks.list(everything)).length;
        });
        expect(seen).toBe(1);
      }));

    test("a failing write leaves nothing and rejects with what it threw", () =>
      withStore(async (state) => {
        const failure = new Error("mine");
        const failing = state.write(async (writer) => {
          await writer.tasks.insert(task());
          throw failure;
        });
        await expect(failing).rejects.toBe(failure);
        expect(await state.read.tasks.list(everything)).toEqual([]);
      }));

    test("200 writers at once are all kept, but for those that fail, which fail alone", () =>
      withStore(async (state) => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 200 }, (_, n) =>
            state.write(async (writer) => {
              await writer.tasks.insert(task({ version: String(n) }));
              if (n % 7 === 3) throw new Error(`no ${n}`);
              await writer.workflows.insert(workflow({ version: String(n) }));
              return n;
            }),
          ),
        );
        for (const [n, outcome] of outcomes.entries()) {
          if (n % 7 === 3) expect(outcome).toMatchObject({ status: "rejected", reason: { message: `no ${n}` } });
          else expect(outcome).toStrictEqual({ status: "fulfilled", value: n });
        }
        const expected = Array.from({ length: 200 }, (_, n) => n).filter((n) => n % 7 !== 3);
        const versions = (rows: readonly { version: string }[]) => rows.map((row) => Number(row.version)).sort((a, b) => a - b);
        expect(versions(await state.read.tasks.list(everything))).toEqual(expected);
        expect(versions(await state.read.workflows.list(everything))).toEqual(expected);
      }));

    test("read-modify-write by 200 callers loses no update", () =>
      withStore(async (state) => {
        await state.write((writer) => writer.executions.insert(executionRow()));
        const sequences = await Promise.all(
          Array.from({ length: 200 }, () =>
            state.write(async (writer) => {
              const row = await writer.executions.lock(execution());
              if (!row) throw new Error("gone");
              await writer.executions.update({ ...row, lastSequence: row.lastSequence + 1 });
              return row.lastSequence + 1;
            }),
          ),
        );
        expect(new Set(sequences).size).toBe(200);
        expect((await state.read.executions.get(execution()))?.lastSequence).toBe(200);
      }));

    test("a read never sees half a write, nor one that fails later", () =>
      withStore(async (state) => {
        const counts: number[] = [];
        const versions = (n: number): string[] => [`${n}a`, `${n}b`];
        const writers = Array.from({ length: 100 }, (_, n) =>
          state.write(async (writer) => {
            for (const version of versions(n)) await writer.tasks.insert(task({ version }));
            if (n % 5 === 0) {
              await writer.tasks.insert(task({ version: `${n}c` }));
              throw new Error("undo all three");
            }
          }),
        );
        const settled = Promise.allSettled(writers).then(() => true);
        const progress = { done: false };
        void settled.then(() => (progress.done = true));
        while (!progress.done) {
          const some = await Promise.all(Array.from({ length: 5 }, async () => (await state.read.tasks.list(everything)).length));
          // Of reads at the same time, on connections of their own, either may be the earlier one.
          counts.push(...some.sort((a, b) => a - b));
          await new Promise((resolve) => setImmediate(resolve));
        }
        counts.push((await state.read.tasks.list(everything)).length);
        expect(counts.filter((count) => count % 2 !== 0)).toEqual([]);
        expect(counts.at(-1)).toBe(160);
        expect(counts).toEqual([...counts].sort((a, b) => a - b));
      }));

    test("a read that begins while a write is at work sees what was committed before or all of it after", () =>
      withStore(async (state) => {
        let begun = (): void => {};
        const started = new Promise<void>((resolve) => (begun = resolve));
        const reading = started.then(() => state.read.tasks.list(everything));
        await state.write(async (writer) => {
          await writer.tasks.insert(task({ version: "1" }));
          begun();
          for (let n = 0; n < 50; n++) await writer.tasks.list(everything);
          await writer.tasks.insert(task({ version: "2" }));
        });
        expect([0, 2]).toContain((await reading).length);
      }));

    test("a query that outlives its failed write changes nothing", () =>
      withStore(async (state) => {
        let left: Promise<unknown> | undefined;
        const failing = state.write(async (writer) => {
          left = Promise.allSettled(Array.from({ length: 20 }, (_, n) => writer.tasks.insert(task({ version: String(n) }))));
          throw new Error("failed at once");
        });
        const neighbour = state.write((writer) => writer.tasks.insert(task({ version: "neighbour" })));
        await expect(failing).rejects.toThrow("failed at once");
        await neighbour;
        await left;
        expect((await state.read.tasks.list(everything)).map((row) => row.version)).toEqual(["neighbour"]);
      }));

    test("inside a write, another write or read of the store is refused instead of waiting for ever", () =>
      withStore(async (state) => {
        await expect(state.write(() => state.write(async () => 1))).rejects.toThrow("only its writer may be used");
        await expect(state.write(() => state.read.tasks.list(everything))).rejects.toThrow("only its writer may be used");
        expect(await state.write(async (writer) => (await writer.tasks.list(everything)).length)).toBe(0);
      }));

    test("close waits for what is queued and refuses what comes later", () =>
      withStore(async (state, opened) => {
        const queued = Array.from({ length: 150 }, (_, n) => state.write((writer) => writer.tasks.insert(task({ version: String(n) }))));
        const closing = opened.close();
        await expect(state.write(async () => 1)).rejects.toMatchObject({ status: "UNAVAILABLE" });
        await closing;
        expect((await Promise.allSettled(queued)).filter((outcome) => outcome.status === "rejected")).toEqual([]);
      }));
  });
}
