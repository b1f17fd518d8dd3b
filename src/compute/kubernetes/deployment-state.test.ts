import { expect, test } from "vitest";
import { deploymentState } from "./deployment-state.ts";

const at = (generation: number, replicas: number, status: object) =>
  deploymentState({ metadata: { generation }, spec: { replicas }, status } as Parameters<typeof deploymentState>[0]);
const whole = { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const waiting = (why: string) => ({ phase: "waiting", why });

test.for([
  { name: "all there", status: whole, is: { phase: "ready" } },
  { name: "of before the change", status: { ...whole, observedGeneration: 2 }, is: waiting("its change is not seen yet") },
  { name: "nothing yet", status: { observedGeneration: 3 }, is: waiting("0 of 2 available") },
  { name: "half made anew", status: { ...whole, updatedReplicas: 1 }, is: waiting("1 of 2 available") },
  { name: "made, not available", status: { ...whole, availableReplicas: 0 }, is: waiting("0 of 2 available") },
  { name: "old ones left", status: { ...whole, replicas: 3 }, is: waiting("pods of before are still there") },
  {
    name: "pods refused",
    status: { observedGeneration: 3, conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota" }] },
    is: waiting("exceeded quota"),
  },
  {
    name: "pods no longer refused",
    status: { ...whole, conditions: [{ type: "ReplicaFailure", status: "False", message: "exceeded quota" }] },
    is: { phase: "ready" },
  },
  {
    name: "out of time",
    status: {
      ...whole,
      availableReplicas: 0,
      conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "why" }],
    },
    is: { phase: "failed", why: "why" },
  },
  {
    name: "out of time before the change",
    status: { ...whole, observedGeneration: 2, conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] },
    is: waiting("its change is not seen yet"),
  },
])("$name", ({ status, is }) => {
  expect(at(3, 2, status)).toEqual(is);
});

test("none wanted, none there", () => {
  expect(at(1, 0, { observedGeneration: 1 })).toEqual({ phase: "ready" });
});
