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
