import { expect, test } from "vitest";
import type { AdminClient } from "../../client/admin-client.ts";
import { executionPhases, nodePhases } from "../../idl/phases.ts";
import type { ExecutionPhase, NodePhase } from "../../idl/phases.ts";
import type { Clock } from "../../std/clock.ts";
import { pollExecution } from "./poll-execution.ts";

const id = { project: "p", domain: "d", name: "e" };
/** A look at the deployment: how the execution is, and the nodes below each parent as `id phase`, parents with a `+` behind. */
interface Look {
  readonly phase: ExecutionPhase;
  readonly nodes: Readonly<Record<string, readonly string[]>>;
}

/** What polling tells of a deployment that is as `looks` say, one after the other, and which lists it has asked for. */
async function polled(looks: readonly Look[]): Promise<{ told: string[]; asked: string[][] }> {
  let look = -1;
  const asked: string[][] = [];
  const node = (text: string) => {
    const [nodeId = "", phase = ""] = text.replace("+", "").split(" ");
    const closure = { phase: nodePhases.indexOf(phase as NodePhase), ...(phase === "FAILED" && { error: { message: "cut" } }) };
    return { id: { executionId: id, nodeId }, closure, metadata: { isParentNode: text.endsWith("+"), specNodeId: `spec-${nodeId}` } };
  };
  const admin = {
    getExecution: async () => {
      look++;
      asked.push([]);
      return { id, closure: { phase: executionPhases.indexOf(looks[look]?.phase ?? "UNDEFINED") } };
    },
    listNodeExecutions: async ({ uniqueParentId }: { uniqueParentId: string }) => {
      asked.at(-1)?.push(uniqueParentId);
      return { nodeExecutions: (looks[look]?.nodes[uniqueParentId] ?? []).map(node), token: "" };
    },
    getNodeExecution: async (request: { id: { nodeId: string } }) => ({
      ...node(`${request.id.nodeId} FAILED`),
      closure: { phase: nodePhases.indexOf("FAILED"), error: { message: "the whole message" } },
    }),
  } as unknown as AdminClient;
  const clock: Clock = {
    now: () => 0,
    at(_at, fire) {
      queueMicrotask(fire);
      return () => undefined;
    },
  };
  const changes = await Array.fromAsync(pollExecution(admin, id, { clock, signal: new AbortController().signal }));
  const told = changes.map(({ nodeId, parentNodeId, phase, reason }) =>
    [...(parentNodeId === null ? [] : [parentNodeId]), nodeId ?? "execution", phase, ...(reason === null ? [] : [reason])].join(" "),
  );
  return { told, asked };
}

test("tells of nodes within nodes, each change once, and of the end last", async () => {
  const { told } = await polled([
    { phase: "RUNNING", nodes: { "": ["n0 RUNNING+"], n0: ["a RUNNING+", "b QUEUED"], a: ["x RUNNING"] } },
    { phase: "RUNNING", nodes: { "": ["n0 RUNNING+"], n0: ["a RUNNING+", "b RUNNING"], a: ["x FAILED"] } },
    { phase: "FAILED", nodes: { "": ["n0 FAILED+"], n0: ["a FAILED+", "b SUCCEEDED"], a: ["x FAILED"] } },
  ]);
  expect(told).toEqual([
    "execution RUNNING",
    "n0 RUNNING",
    "n0 a RUNNING",
    "a x RUNNING",
    "n0 b QUEUED",
    "a x FAILED the whole message",
    "n0 b RUNNING",
    "n0 FAILED the whole message",
    "n0 a FAILED the whole message",
    "n0 b SUCCEEDED",
    "execution FAILED",
  ]);
});

test("does not ask again for what is within a node that had ended", async () => {
  const nodes = { "": ["n0 SUCCEEDED+", "n1 RUNNING+"], n0: ["a SUCCEEDED"], n1: [] };
  const { asked } = await polled([
    { phase: "RUNNING", nodes },
    { phase: "RUNNING", nodes },
    { phase: "SUCCEEDED", nodes },
  ]);
  expect(asked).toEqual([
    ["", "n0", "n1"],
    ["", "n1"],
    ["", "n1"],
  ]);
});

test("a node that is told to hold itself is not followed for ever", async () => {
  const { asked } = await polled([{ phase: "SUCCEEDED", nodes: { "": ["n0 RUNNING+"], n0: ["n0 RUNNING+"] } }]);
  expect(asked[0]?.length).toBeLessThan(100);
});
