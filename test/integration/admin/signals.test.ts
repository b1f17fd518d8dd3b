import Long from "long";
import { expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { Literal, LiteralType } from "../../../src/idl/types.ts";
import { openAdmin } from "./admin-kit.ts";

const { SimpleType } = flyteidl.core;
const execution = { project: "flytesnacks", domain: "development", name: "ex" };
const idOf = (signalId: string): flyteidl.core.SignalIdentifier.$Properties => ({ signalId, executionId: execution });
const integer: LiteralType = { simple: SimpleType.INTEGER };
const five: Literal = { scalar: { primitive: { integer: Long.fromNumber(5) } } };
const yes: Literal = { scalar: { primitive: { boolean: true } } };

test("a signal is created once, set, set again, and listed", async () => {
  const kit = await openAdmin();
  const woken: string[] = [];
  kit.deps.workflows.subscribe(({ name }) => woken.push(name));
  const created = await kit.call("GetOrCreateSignal", { id: idOf("n"), type: integer });
  expect(created).toMatchObject({ id: { signalId: "n", executionId: execution }, type: integer });
  expect(created.value ?? undefined).toBeUndefined();
  // The type that it was created with stays.
  expect(await kit.call("GetOrCreateSignal", { id: idOf("n"), type: { simple: SimpleType.STRING } })).toMatchObject({ type: integer });
  expect(woken).toEqual([]);
  await kit.call("SetSignal", { id: idOf("n"), value: five });
  expect(woken).toEqual(["ex"]);
  expect((await kit.call("GetOrCreateSignal", { id: idOf("n"), type: integer })).value).toMatchObject(five);
  await kit.call("SetSignal", { id: idOf("n"), value: { scalar: { primitive: { integer: Long.fromNumber(6) } } } });
  await kit.call("GetOrCreateSignal", { id: idOf("a"), type: integer });
  await kit.call("GetOrCreateSignal", { id: { signalId: "n", executionId: { ...execution, name: "other" } }, type: integer });
  const sortBy = { key: "signal_id", direction: flyteidl.admin.Sort.Direction.ASCENDING };
  const page = await kit.call("ListSignals", { workflowExecutionId: execution, limit: 1, sortBy });
  expect(page).toMatchObject({ signals: [{ id: { signalId: "a" } }], token: "1" });
  const rest = await kit.call("ListSignals", { workflowExecutionId: execution, limit: 10, token: page.token, sortBy });
  expect(rest.signals).toMatchObject([{ id: { signalId: "n" }, value: { scalar: { primitive: { integer: Long.fromNumber(6) } } } }]);
  expect(rest.token).toBe("");
  const filtered = await kit.call("ListSignals", { workflowExecutionId: execution, limit: 10, filters: "eq(signal_id,n)" });
  expect(filtered.signals.length).toBe(1);
});

test("what is refused", async () => {
  const kit = await openAdmin();
  await kit.call("GetOrCreateSignal", { id: idOf("n"), type: integer });
  expect(await kit.verdict("GetOrCreateSignal", { type: integer })).toBe("INVALID_ARGUMENT missing id");
  expect(await kit.verdict("GetOrCreateSignal", { id: { signalId: "n" }, type: integer })).toBe("INVALID_ARGUMENT missing execution_id");
  expect(await kit.verdict("GetOrCreateSignal", { id: idOf(""), type: integer })).toBe("INVALID_ARGUMENT missing signal_id");
  expect(await kit.verdict("GetOrCreateSignal", { id: idOf("n") })).toBe("INVALID_ARGUMENT missing type");
  expect(await kit.verdict("GetOrCreateSignal", { id: idOf("n".repeat(256)), type: integer })).toMatch(
    /^INVALID_ARGUMENT signal_id cannot/,
  );
  expect(await kit.verdict("SetSignal", { id: idOf("n") })).toBe("INVALID_ARGUMENT missing value");
  expect(await kit.verdict("SetSignal", { id: idOf("n"), value: yes })).toBe(
    "INVALID_ARGUMENT requested signal value of type [simple:BOOLEAN] is not castable to existing signal type [simple:INTEGER]",
  );
  expect(await kit.verdict("SetSignal", { id: idOf("absent"), value: five })).toMatch(
    /^INVALID_ARGUMENT failed to validate that signal \[.*absent.*\] exists, err: /,
  );
  expect(await kit.verdict("ListSignals", { workflowExecutionId: execution })).toBe("INVALID_ARGUMENT invalid value for limit");
  expect(await kit.verdict("ListSignals", { limit: 1 })).toBe("INVALID_ARGUMENT missing execution_id");
});
