import { expect, test } from "vitest";
import { hopeless, restartsOf } from "./hopeless.ts";

const waiting = (reason: string, restartCount = 0, message?: string) => ({
  name: "engine",
  restartCount,
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
});

test.for([
  [{}, undefined],
  [{ status: { containerStatuses: [waiting("ContainerCreating")] } }, undefined],
  [{ status: { containerStatuses: [{ name: "engine", state: {} }] } }, undefined],
  [{ status: { containerStatuses: [waiting("CrashLoopBackOff", 1)] } }, undefined],
  [{ status: { containerStatuses: [waiting("CrashLoopBackOff", 2, "back-off 20s")] } }, "container engine: CrashLoopBackOff: back-off 20s"],
  [{ status: { containerStatuses: [waiting("ImagePullBackOff")] } }, "container engine: ImagePullBackOff"],
  [
    { status: { containerStatuses: [waiting("CreateContainerConfigError", 0, 'secret "keys" not found')] } },
    'container engine: CreateContainerConfigError: secret "keys" not found',
  ],
  [
    {
      status: {
        containerStatuses: [waiting("CreateContainerConfigError", 0, "failed to sync secret cache: timed out waiting for the condition")],
      },
    },
    undefined,
  ],
  [{ status: { initContainerStatuses: [waiting("ErrImageNeverPull")] } }, "container engine: ErrImageNeverPull"],
] as const)("%j", ([pod, reason]) => {
  expect(hopeless(pod)).toBe(reason);
});

test("what was restarted before, as by a stop of its node, has its chances still", () => {
  const pod = (restartCount: number) => ({ status: { containerStatuses: [waiting("CrashLoopBackOff", restartCount)] } });
  const before = restartsOf(pod(5));
  expect([5, 6, 7].map((count) => hopeless(pod(count), before))).toEqual([undefined, undefined, "container engine: CrashLoopBackOff"]);
});
