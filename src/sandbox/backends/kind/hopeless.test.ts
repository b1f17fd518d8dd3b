import { expect, test } from "vitest";
import { hopeless } from "./hopeless.ts";

const waiting = (reason: string, restartCount = 0, message?: string) => ({
  name: "engine",
  restartCount,
  state: { waiting: { reason, ...(message !== undefined && { message }) } },
});

test.for([
  [{}, undefined],
  [{ status: { containerStatuses: [waiting("ContainerCreating")] } }, undefined],
  [{ status: { containerStatuses: [{ name: "engine", state: {} }] } }, undefined],
  [{ status: { containerStatuses: [waiting("CrashLoopBackOff", 2)] } }, undefined],
  [{ status: { containerStatuses: [waiting("CrashLoopBackOff", 3, "back-off 40s")] } }, "container engine: CrashLoopBackOff: back-off 40s"],
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
