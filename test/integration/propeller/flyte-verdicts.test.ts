import { describe, expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { dataOf } from "./workflow-of.ts";
import { executorRows } from "./flyte-verdicts/executor-rows.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { handlerRows } from "./flyte-verdicts/handler-rows.ts";
import { taskPhaseOf } from "../../../src/idl/phases.ts";
import type { Literal } from "../../../src/idl/types.ts";
import type { VerdictRow } from "./flyte-verdicts/verdict-row.ts";

const rows: readonly VerdictRow[] = [...executorRows, ...handlerRows];

/** Where propeller tells something else on purpose: what it tells, and why. */
const differences: Readonly<Record<string, { readonly sees: VerdictRow["sees"]; readonly because: string }>> = {
  "nodes/gate/handler_test.go TestHandle/ApproveError": {
    sees: { n: "QUEUED RUNNING" },
    because: "its wait has begun: that it cannot be asked whether it is over takes that back no more than a later failure to ask",
  },
  "nodes/gate/handler_test.go TestHandle/SignalError": {
    sees: { n: "QUEUED RUNNING" },
    because: "as of ApproveError",
  },
};

/** An element's attempts are known by what its array told last: `n[index/attempt]`. */
function phaseOfElement({ admin }: Bench, subject: string): string {
  const [, node, index, attempt] = /^(.*)\[(\d+)\/(\d+)\]$/.exec(subject) ?? [];
  const told = admin.seen.flatMap(({ event }) =>
    event.level === "task" && event.event.parentNodeExecutionId?.nodeId === node ? (event.event.metadata?.externalResources ?? []) : [],
  );
  const last = told.findLast((each) => (each.index ?? 0) === Number(index) && (each.retryAttempt ?? 0) === Number(attempt));
  return last ? taskPhaseOf(last.phase) : "NONE";
}

const phasesOf = (bench: Bench, subject: string): string =>
  subject.includes("[") ? phaseOfElement(bench, subject) : bench.admin.phases(subject).join(" ") || "NONE";

const codeOf = (bench: Bench, subject: string): string | null | undefined => {
  const event = bench.admin.last(subject)?.event;
  return event?.level === "task" ? undefined : event?.event.error?.code;
};

const bytesOf = (literal: Literal | undefined): string => Buffer.from(flyteidl.core.Literal.encode(literal ?? {}).finish()).toString("hex");

async function play({ workflow, given, meanwhile, until }: VerdictRow): Promise<Bench> {
  if (until === "END" && !meanwhile) return runToEnd(workflow, given);
  const bench = await Bench.open(workflow, given);
  await bench.propeller.start();
  await bench.propeller.idle();
  await meanwhile?.(bench);
  if (until === "END") await bench.finish();
  await bench.propeller.idle();
  return bench;
}

describe("what Flyte's own tests say of nodes", () => {
  test.each(rows.map((row) => [row.of, row] as const))("%s", async (_of, row) => {
    await using bench = await play(row);
    const sees = differences[row.of]?.sees ?? row.sees;
    expect(Object.fromEntries(Object.keys(sees).map((subject) => [subject, phasesOf(bench, subject)]))).toEqual(sees);
    for (const [subject, code] of Object.entries(row.codes ?? {})) expect([subject, codeOf(bench, subject)]).toEqual([subject, code]);
    if (row.outputs !== undefined) expect(bytesOf(bench.literals(`${dataOf("n")}/0/outputs.pb`)?.["o"])).toBe(bytesOf(row.outputs));
  });

  test("are as many as were taken over, each once", () => {
    expect(rows.length).toBeGreaterThanOrEqual(150);
    expect(new Set(rows.map(({ of }) => of)).size).toBe(rows.length);
    const names = rows.map(({ of }) => of);
    expect(Object.keys(differences).filter((of) => !names.includes(of))).toEqual([]);
  });
});
