import { expect, test } from "vitest";
import { StatusError } from "../../idl/status.ts";
import { GroupCommit, type GroupConnection } from "./group-commit.ts";

type Command = "begin" | "savepoint" | "release" | "back" | "commit" | "rollback";

/** Records its commands; `failing` throws for the command of that number among its kind. */
function recording(failing: Partial<Record<Command, number>> = {}) {
  const commands: Command[] = [];
  const state = { open: false };
  const run = (command: Command) => (): void => {
    commands.push(command);
    if (failing[command] === commands.filter((other) => other === command).length) throw new StatusError("INTERNAL", `${command} failed`);
    if (command === "begin") state.open = true;
    if (command === "commit" || command === "rollback") state.open = false;
  };
  const connection: GroupConnection = {
    begin: run("begin"),
    savepoint: run("savepoint"),
    release: run("release"),
    rollbackToSavepoint: run("back"),
    commit: run("commit"),
    rollback: run("rollback"),
    inTransaction: () => state.open,
  };
  return { commands, state, connection };
}

const count = (commands: readonly Command[], command: Command): number => commands.filter((other) => other === command).length;

test("what is queued in one turn shares one commit, each in a savepoint", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit(connection);
  expect(await Promise.all([group.write(async () => 1), group.write(async () => 2)])).toEqual([1, 2]);
  expect(commands).toEqual(["begin", "savepoint", "release", "savepoint", "release", "commit"]);
});

test("a commit has at most 100 members", async () => {
  const { commands, connection } = recording();
  const sizes: number[] = [];
  const group = new GroupCommit(connection, (members) => void sizes.push(members));
  await Promise.all(Array.from({ length: 250 }, (_, n) => group.write(async () => n)));
  await group.close();
  expect(sizes).toEqual([100, 100, 50]);
  expect(count(commands, "commit")).toBe(3);
});

test("nobody is told before the commit", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit(connection);
  const seen: boolean[] = [];
  await Promise.all(Array.from({ length: 5 }, () => group.write(async () => {}).then(() => seen.push(commands.at(-1) === "commit"))));
  expect(seen).toEqual([true, true, true, true, true]);
});

test("who fails is undone and rejected alone", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit(connection);
  const failing = group.write(() => Promise.reject(new Error("mine")));
  const other = group.write(async () => "kept");
  await expect(failing).rejects.toThrow("mine");
  expect(await other).toBe("kept");
  expect(commands).toEqual(["begin", "savepoint", "back", "savepoint", "release", "commit"]);
});

test("a failing commit rejects the whole group, is rolled back, and the next group goes on", async () => {
  const { commands, connection } = recording({ commit: 1 });
  const group = new GroupCommit(connection);
  const outcomes = await Promise.allSettled([group.write(async () => 1), group.write(async () => 2)]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { message: "commit failed" } });
  expect(commands.at(-1)).toBe("rollback");
  expect(await group.write(async () => 3)).toBe(3);
});

test("a failing begin rejects those that waited, and the next group goes on", async () => {
  const { connection } = recording({ begin: 1 });
  const group = new GroupCommit(connection);
  const outcomes = await Promise.allSettled([group.write(async () => 1), group.write(async () => 2)]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
  expect(await group.write(async () => 3)).toBe(3);
});

test("when the database rolls the transaction back itself, those who ran are rejected and the others run again", async () => {
  const { commands, state, connection } = recording();
  const group = new GroupCommit(connection);
  const ran: string[] = [];
  const before = group.write(async () => void ran.push("before"));
  const full = group.write(async () => {
    state.open = false;
    throw new StatusError("RESOURCE_EXHAUSTED", "full");
  });
  const after = group.write(async () => void ran.push("after"));
  const outcomes = await Promise.allSettled([before, full, after]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected", "fulfilled"]);
  for (const outcome of outcomes.slice(0, 2)) expect(outcome).toMatchObject({ reason: { status: "RESOURCE_EXHAUSTED" } });
  expect(ran).toEqual(["before", "after"]);
  expect(count(commands, "commit")).toBe(1);
});

test("who swallows the error that rolled the transaction back is not acknowledged", async () => {
  const { state, connection } = recording();
  const group = new GroupCommit(connection);
  const silent = group.write(async () => void (state.open = false));
  await expect(silent).rejects.toMatchObject({ status: "ABORTED" });
});

test("only the member at work is inside", async () => {
  const { connection } = recording();
  const group = new GroupCommit(connection);
  expect(() => group.assertInside()).toThrow("outside its work");
  let later = (): void => {};
  const left = new Promise<void>((resolve) => (later = resolve));
  let outcome: Promise<unknown> | undefined;
  await group.write(async () => {
    group.assertInside();
    outcome = left.then(() => group.assertInside());
  });
  const other = group.write(async () => {
    later();
    await Promise.resolve();
    await Promise.resolve();
    group.assertInside();
  });
  await expect(outcome).rejects.toThrow("outside its work");
  await other;
});

test("where statements are pipelined, those that only insert run at once, in one savepoint; others in their order", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit({ ...connection, pipelined: true });
  const log: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    group.assertInside();
    log.push(`${name} ends`);
  };
  await Promise.all([
    group.write(work("a"), "inserts"),
    group.write(work("b"), "inserts"),
    group.write(work("c")),
    group.write(work("d"), "inserts"),
  ]);
  expect(log).toEqual(["a begins", "b begins", "a ends", "b ends", "c begins", "c ends", "d begins", "d ends"]);
  expect(commands).toEqual(["begin", "savepoint", "release", "savepoint", "release", "savepoint", "release", "commit"]);
});

test("elsewhere they run one after another", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit(connection);
  await Promise.all([group.write(async () => {}, "inserts"), group.write(async () => {}, "inserts")]);
  expect(commands).toEqual(["begin", "savepoint", "release", "savepoint", "release", "commit"]);
});

test("when one of those at once fails, all are undone and done one by one: it alone is rejected", async () => {
  const { commands, connection } = recording();
  const group = new GroupCommit({ ...connection, pipelined: true });
  const runs: string[] = [];
  const outcomes = await Promise.allSettled([
    group.write(async () => runs.push("first"), "inserts"),
    group.write(async () => {
      runs.push("failing");
      throw new Error("mine");
    }, "inserts"),
    group.write(async () => runs.push("last"), "inserts"),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { message: "mine" } });
  expect(runs).toEqual(["first", "failing", "last", "first", "failing", "last"]);
  const alone = ["savepoint", "release", "savepoint", "back", "savepoint", "release"];
  expect(commands).toEqual(["begin", "savepoint", "back", ...alone, "commit"]);
});

test("a statement's failure that its work caught undoes those at once all the same", async () => {
  const { commands, connection } = recording();
  const state: { failure?: { thrown: unknown; again: boolean } } = {};
  const group = new GroupCommit({
    ...connection,
    pipelined: true,
    savepoint: () => {
      delete state.failure;
      return connection.savepoint();
    },
    statementFailure: () => state.failure,
  });
  const caught = async (): Promise<void> => void (state.failure = { thrown: new Error("statement"), again: false });
  const outcomes = await Promise.allSettled([group.write(async () => "kept", "inserts"), group.write(caught, "inserts")]);
  expect(outcomes[0]).toEqual({ status: "fulfilled", value: "kept" });
  expect(outcomes[1]).toMatchObject({ status: "rejected", reason: { message: "statement" } });
  expect(commands).toEqual(["begin", "savepoint", "back", "savepoint", "release", "savepoint", "back", "commit"]);
});

test.each([
  ["alone", undefined, ["begin", "savepoint", "release", "savepoint", "back", "commit"]],
  ["at once with others", "inserts", ["begin", "savepoint", "release", "savepoint", "back", "commit"]],
] as const)(
  "what was done before a failure on another process's locks, %s, is committed, and its own with it, before it is done again",
  async (_, kind, first) => {
    const { commands, connection } = recording();
    const state: { failure?: { thrown: unknown; again: boolean } } = {};
    const group = new GroupCommit({
      ...connection,
      pipelined: true,
      savepoint: () => {
        delete state.failure;
        return connection.savepoint();
      },
      statementFailure: () => state.failure,
    });
    const done: string[] = [];
    let tries = 0;
    const outcomes = await Promise.all([
      group.write(async () => "before").then((name) => done.push(`${name} at ${count(commands, "commit")}`)),
      group
        .write(async () => {
          if (tries++ === 0) state.failure = { thrown: new StatusError("ABORTED", "deadlock"), again: true };
          return "contended";
        }, kind)
        .then((name) => done.push(`${name} at ${count(commands, "commit")}`)),
      group.write(async () => "after", kind).then((name) => done.push(`${name} at ${count(commands, "commit")}`)),
    ]);
    expect(outcomes).toHaveLength(3);
    expect(commands.slice(0, first.length)).toEqual(first);
    expect(commands.slice(first.length)).toEqual(["begin", "savepoint", "release", "savepoint", "release", "commit"]);
    expect(done).toEqual(["before at 1", "contended at 2", "after at 2"]);
  },
);
