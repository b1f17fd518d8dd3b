import { describe, expect, test } from "vitest";
import type { ContainerState, ContainerStatus, Pod, PodStatus } from "../../ports/kubernetes-objects.ts";
import { defaultPodConfig } from "./pod-config.ts";
import { phaseOfPod } from "./pod-phase.ts";

const now = Date.parse("2026-05-01T12:00:00Z");
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

function podWith(status: PodStatus, options: { readonly primary?: string; readonly containers?: readonly string[] } = {}): Pod {
  const { primary, containers = ["primary"] } = options;
  return {
    metadata: { name: "p", ...(primary !== undefined && { annotations: { primary_container_name: primary } }) },
    spec: { containers: containers.map((name) => ({ name })) },
    status,
  };
}

const container = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({ name, state, ...more });
const ended = (exitCode: number, reason?: string, message?: string): ContainerState => ({
  terminated: { exitCode, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) },
});

/** Phase, and of a failure its code and kind. */
function brief(pod: Pod, config = defaultPodConfig, at = now): string {
  const found = phaseOfPod(pod, at, config);
  if (!found) return "nothing";
  return found.error ? `${found.phase} ${found.error.code} ${found.error.kind}` : found.phase;
}

describe("a failed pod", () => {
  const cases: readonly (readonly [string, PodStatus, string, string?])[] = [
    ["says nothing", {}, "RETRYABLE_FAILURE Interrupted SYSTEM"],
    [
      "without a reason whose container ended with 1",
      { containerStatuses: [container("primary", ended(1, "Error"))] },
      "RETRYABLE_FAILURE Interrupted SYSTEM",
    ],
    ["has a reason", { reason: "hello" }, "RETRYABLE_FAILURE hello USER"],
    ["was evicted", { reason: "Evicted" }, "RETRYABLE_FAILURE Evicted USER"],
    ["went over its deadline", { reason: "DeadlineExceeded" }, "RETRYABLE_FAILURE DeadlineExceeded USER"],
    [
      "ran out of memory",
      { reason: "hello", containerStatuses: [container("primary", ended(137, "OOMKilled"))] },
      "RETRYABLE_FAILURE OOMKilled USER",
    ],
    [
      "ran out of memory in an init container",
      { initContainerStatuses: [container("init", ended(137, "OOMKilled"))] },
      "RETRYABLE_FAILURE OOMKilled USER",
    ],
    [
      "had a helper killed",
      { reason: "hello", containerStatuses: [container("helper", ended(137))] },
      "RETRYABLE_FAILURE Interrupted USER",
    ],
    [
      "had its main container killed",
      { reason: "hello", containerStatuses: [container("primary", ended(137))] },
      "RETRYABLE_FAILURE Interrupted SYSTEM",
    ],
    [
      "had its main container killed, unsigned",
      { reason: "hello", containerStatuses: [container("primary", ended(247))] },
      "RETRYABLE_FAILURE Interrupted SYSTEM",
    ],
    ["was shut down", { reason: "Shutdown" }, "RETRYABLE_FAILURE Interrupted SYSTEM"],
    ["was terminated", { reason: "Terminated" }, "RETRYABLE_FAILURE Interrupted SYSTEM"],
    ["lost its node", { reason: "NodeShutdown" }, "RETRYABLE_FAILURE Interrupted SYSTEM"],
    ["was not taken by its node", { reason: "NodeAffinity" }, "RETRYABLE_FAILURE Interrupted SYSTEM"],
    [
      "ran out of memory before its last state",
      { reason: "hello", containerStatuses: [container("primary", ended(1, "Error"), { lastState: ended(137, "OOMKilled") })] },
      "RETRYABLE_FAILURE OOMKilled USER",
    ],
  ];
  test.for(cases)("that %s", ([, status, wanted]) => {
    expect(brief(podWith({ ...status, phase: "Failed" }, { primary: "primary" }))).toBe(wanted);
  });

  test("tells what every container ended with", () => {
    const status: PodStatus = {
      phase: "Failed",
      reason: "hello",
      message: "the pod failed.",
      initContainerStatuses: [container("init", ended(0))],
      containerStatuses: [container("primary", ended(3, "Error", "no such file")), container("helper", { running: {} })],
    };
    expect(phaseOfPod(podWith(status), now, defaultPodConfig)?.error?.message).toBe(
      "the pod failed.\r\n[init] terminated with ExitCode 0.\r\n[primary] terminated with exit code (3). Reason [Error]. Message: \nno such file.",
    );
    expect(phaseOfPod(podWith({ phase: "Failed" }), now, defaultPodConfig)?.error?.message).toBe(
      "Pod failed. No message received from kubernetes.",
    );
  });
});

describe("a running pod with a main container", () => {
  const cases: readonly (readonly [string, ContainerState | undefined, string])[] = [
    ["that waits", { waiting: { reason: "restarting" } }, "RUNNING"],
    ["that runs", { running: { startedAt: ago(5) } }, "RUNNING"],
    ["that nothing is known of yet", undefined, "RUNNING"],
    ["that ended well", ended(0), "SUCCESS"],
    ["that failed", ended(1, "foo", "foo failed"), "RETRYABLE_FAILURE foo USER"],
    ["that was killed", ended(137, "foo"), "RETRYABLE_FAILURE foo SYSTEM"],
    ["that was killed, unsigned", ended(247, "foo"), "RETRYABLE_FAILURE foo SYSTEM"],
    ["that ran out of memory", ended(137, "OOMKilled"), "RETRYABLE_FAILURE OOMKilled USER"],
    ["that ran out of memory and yet ended well", ended(0, "OOMKilled"), "RETRYABLE_FAILURE OOMKilled USER"],
  ];
  test.for(cases)("%s", ([, state, wanted]) => {
    // The helper runs on: the task's end is the main container's.
    const containerStatuses = [container("helper", { running: {} }), ...(state ? [container("primary", state)] : [])];
    expect(brief(podWith({ phase: "Running", containerStatuses }, { primary: "primary" }))).toBe(wanted);
  });

  test("whose end is told as Flyte tells it", () => {
    const pod = podWith(
      { phase: "Running", containerStatuses: [container("primary", ended(1, "foo", "foo failed"))] },
      { primary: "primary" },
    );
    expect(phaseOfPod(pod, now, defaultPodConfig)?.error?.message).toBe(
      "\r\n[primary] terminated with exit code (1). Reason [foo]. Message: \nfoo failed.",
    );
  });

  test("that is not there at all", () => {
    const pod = podWith(
      { phase: "Running", containerStatuses: [container("other", { running: {} })] },
      { primary: "primary", containers: ["other"] },
    );
    expect(brief(pod)).toBe("PERMANENT_FAILURE PrimaryContainerNotFound USER");
    expect(phaseOfPod(pod, now, defaultPodConfig)?.error?.message).toBe(
      "Primary container [primary] not found in pod's container statuses",
    );
  });
});

describe("a running pod without a main container", () => {
  const cases: readonly (readonly [string, Partial<PodStatus>, string])[] = [
    ["has no container yet", {}, "RUNNING"],
    ["has one that runs", { containerStatuses: [container("a", ended(0)), container("b", { running: {} })] }, "RUNNING"],
    ["has one that failed", { containerStatuses: [container("a", ended(0)), container("b", ended(1))] }, "RUNNING"],
    ["has all ended well", { containerStatuses: [container("a", ended(0)), container("b", ended(0))] }, "SUCCESS"],
    [
      "has a native sidecar that runs",
      { containerStatuses: [container("a", ended(0))], initContainerStatuses: [container("s", { running: {} })] },
      "RUNNING",
    ],
  ];
  test.for(cases)("that %s", ([, status, wanted]) => {
    expect(brief(podWith({ ...status, phase: "Running" }, { containers: ["a", "b"] }))).toBe(wanted);
  });
});

describe("a pod that succeeded", () => {
  test.for([
    ["well", { containerStatuses: [container("primary", ended(0))] }, "SUCCESS"],
    ["though memory ran out", { containerStatuses: [container("primary", ended(0, "OOMKilled"))] }, "RETRYABLE_FAILURE OOMKilled USER"],
    [
      "though memory ran out before it",
      { initContainerStatuses: [container("init", ended(0, "OOMKilled"))] },
      "RETRYABLE_FAILURE OOMKilled USER",
    ],
  ] as const)("%s", ([, status, wanted]) => {
    expect(brief(podWith({ ...status, phase: "Succeeded" }))).toBe(wanted);
  });
});

test("a pod whose node does not answer tells nothing new", () => {
  expect(brief(podWith({ phase: "Unknown" }))).toBe("nothing");
});

describe("a pending pod", () => {
  test.for([
    ["PodScheduled", "False"],
    ["Unschedulable", "Unknown"],
  ] as const)("that finds no node (%s) waits, and says why", ([type, status]) => {
    const conditions = [
      { type, status, reason: "Unschedulable", message: "0/1 nodes are available: 1 Insufficient memory.", lastTransitionTime: ago(9000) },
    ];
    expect(phaseOfPod(podWith({ phase: "Pending", conditions }), now, defaultPodConfig)).toEqual({
      phase: "QUEUED",
      reason: "Unschedulable:0/1 nodes are available: 1 Insufficient memory.",
      occurredAt: now - 9_000_000,
    });
  });

  test("that nobody has looked at yet is being scheduled", () => {
    expect(phaseOfPod(podWith({}), now, defaultPodConfig)).toEqual({ phase: "QUEUED", reason: "Scheduling" });
  });

  const waitingFor = (reason: string, seconds: number): Pod =>
    podWith({
      phase: "Pending",
      conditions: [
        { type: "Initialized", status: "True", lastTransitionTime: ago(1000) },
        {
          type: "Ready",
          status: "False",
          reason: "ContainersNotReady",
          message: "containers with unready status: [primary]",
          lastTransitionTime: ago(seconds),
        },
      ],
      containerStatuses: [container("primary", { waiting: { reason, message: "because" } }, { ready: false })],
    });

  test.for([
    ["ContainerCreating", 5000, "INITIALIZING"],
    ["ErrImagePull", 5000, "INITIALIZING"],
    ["PodInitializing", 5000, "INITIALIZING"],
    ["ImagePullBackOff", 179, "INITIALIZING"],
    ["ImagePullBackOff", 180, "RETRYABLE_FAILURE ContainersNotReady|ImagePullBackOff USER"],
    ["CreateContainerError", 179, "INITIALIZING"],
    ["CreateContainerError", 180, "PERMANENT_FAILURE ContainersNotReady|CreateContainerError USER"],
    ["CreateContainerConfigError", 0, "PERMANENT_FAILURE ContainersNotReady|CreateContainerConfigError USER"],
    ["InvalidImageName", 0, "PERMANENT_FAILURE ContainersNotReady|InvalidImageName USER"],
    ["RegistryUnavailable", 0, "RETRYABLE_FAILURE ContainersNotReady|RegistryUnavailable SYSTEM"],
    ["whatever", 0, "RETRYABLE_FAILURE ContainersNotReady|whatever SYSTEM"],
  ] as const)("whose container waits: %s for %i s", ([reason, seconds, wanted]) => {
    expect(brief(waitingFor(reason, seconds))).toBe(wanted);
  });

  test("is looked at again when its grace is over", () => {
    const found = phaseOfPod(waitingFor("ImagePullBackOff", 60), now, defaultPodConfig);
    expect(found).toEqual({
      phase: "INITIALIZING",
      reason: "[ContainersNotReady|ImagePullBackOff]: containers with unready status: [primary]|because",
      occurredAt: now - 60_000,
      lookAgainAt: now + 120_000,
    });
    expect(phaseOfPod(waitingFor("ImagePullBackOff", 200), now, defaultPodConfig)?.error?.message).toBe(
      "Grace period [3m0s] exceeded|containers with unready status: [primary]|because",
    );
  });

  test("may have a longer grace for its configuration", () => {
    const config = { ...defaultPodConfig, createContainerConfigErrorGracePeriod: 30_000 };
    expect(brief(waitingFor("CreateContainerConfigError", 29), config)).toBe("INITIALIZING");
    expect(brief(waitingFor("CreateContainerConfigError", 30), config)).toBe(
      "PERMANENT_FAILURE ContainersNotReady|CreateContainerConfigError USER",
    );
  });

  test("ends when it has been pending for too long, if that is limited", () => {
    const config = { ...defaultPodConfig, podPendingTimeout: 10_000 };
    expect(brief(waitingFor("ContainerCreating", 9), config)).toBe("INITIALIZING");
    expect(phaseOfPod(waitingFor("ContainerCreating", 9), now, config)?.lookAgainAt).toBe(now + 1000);
    expect(brief(waitingFor("ContainerCreating", 10), config)).toBe("RETRYABLE_FAILURE PodPendingTimeout USER");
    // What has failed in its own way keeps its code.
    expect(brief(waitingFor("InvalidImageName", 20), config)).toBe("PERMANENT_FAILURE ContainersNotReady|InvalidImageName USER");
  });

  test("is not held up by a container that is ready", () => {
    const status: PodStatus = {
      phase: "Pending",
      conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: ago(1) }],
      containerStatuses: [
        container("a", { running: {} }, { ready: true }),
        container("b", { waiting: { reason: "InvalidImageName" } }, { ready: false }),
      ],
    };
    expect(brief(podWith(status))).toBe("PERMANENT_FAILURE ContainersNotReady|InvalidImageName USER");
  });
});

test("times are those of the containers", () => {
  const status: PodStatus = {
    phase: "Running",
    initContainerStatuses: [container("init", { terminated: { exitCode: 0, startedAt: ago(30), finishedAt: ago(20) } })],
    containerStatuses: [container("primary", { running: { startedAt: ago(10) } })],
  };
  expect(phaseOfPod(podWith(status, { primary: "primary" }), now, defaultPodConfig)).toEqual({
    phase: "RUNNING",
    occurredAt: now - 10_000,
    startedAt: now - 10_000,
  });
  const end = {
    ...status,
    containerStatuses: [container("primary", { terminated: { exitCode: 0, startedAt: ago(10), finishedAt: ago(3) } })],
  };
  expect(phaseOfPod(podWith(end, { primary: "primary" }), now, defaultPodConfig)).toEqual({
    phase: "SUCCESS",
    occurredAt: now - 3_000,
    startedAt: now - 10_000,
  });
});
