import { expect, test } from "vitest";
import type { ContainerState, Pod } from "../../ports/kubernetes-objects.ts";
import { copilotPhase } from "./copilot-phase.ts";
import { defaultPodConfig } from "./pod-config.ts";
import { phaseOfPod } from "./pod-phase.ts";

const runs: ContainerState = { running: { startedAt: "2026-05-01T10:00:00Z" } };
const ended = (exitCode: number, reason = exitCode === 0 ? "Completed" : "Error", message = ""): ContainerState => ({
  terminated: { exitCode, reason, message, startedAt: "2026-05-01T10:00:00Z", finishedAt: "2026-05-01T10:00:05Z" },
});

interface States {
  readonly phase: string;
  readonly reason?: string;
  readonly main?: ContainerState;
  readonly upload?: ContainerState;
  readonly download?: ContainerState;
}

function podOf({ phase, reason, main, upload, download }: States): Pod {
  const named = (name: string, state: ContainerState | undefined) => (state ? [{ name, state }] : []);
  return {
    metadata: { annotations: { primary_container_name: "main" } },
    spec: {
      containers: [{ name: "main" }],
      initContainers: [{ name: "flyte-copilot-uploader" }, { name: "flyte-copilot-downloader" }],
    },
    status: {
      phase,
      ...(reason !== undefined && { reason }),
      initContainerStatuses: [...named("flyte-copilot-uploader", upload), ...named("flyte-copilot-downloader", download)],
      containerStatuses: named("main", main),
    },
  };
}

const words = (exitCode: number, reason: string): string =>
  `\r\n[main] terminated with exit code (${exitCode}). Reason [${reason}]. Message: \n.`;
const failure = (code: string, message: string, kind = "USER"): object => ({ phase: "RETRYABLE_FAILURE", error: { code, message, kind } });

test.each<{ what: string; states: States; wanted: object }>([
  {
    what: "while all run, it runs",
    states: { phase: "Running", main: runs, upload: runs, download: ended(0) },
    wanted: { phase: "RUNNING" },
  },
  {
    what: "outputs are not there when the program has ended",
    states: { phase: "Running", main: ended(0), upload: runs, download: ended(0) },
    wanted: { phase: "RUNNING" },
  },
  {
    what: "they are when the sidecar has",
    states: { phase: "Running", main: ended(0), upload: ended(0), download: ended(0) },
    wanted: { phase: "SUCCESS" },
  },
  {
    what: "and when the pod has",
    states: { phase: "Succeeded", main: ended(0), upload: ended(0), download: ended(0) },
    wanted: { phase: "SUCCESS" },
  },
  {
    what: "a program that failed may have said why: its sidecar is waited for",
    states: { phase: "Running", main: ended(3), upload: runs, download: ended(0) },
    wanted: { phase: "RUNNING" },
  },
  {
    what: "the program's failure is the attempt's",
    states: { phase: "Failed", main: ended(3), upload: ended(0), download: ended(0) },
    wanted: failure("Error", words(3, "Error")),
  },
  {
    what: "memory",
    states: { phase: "Failed", main: ended(137, "OOMKilled"), upload: ended(0), download: ended(0) },
    wanted: failure("OOMKilled", words(137, "OOMKilled")),
  },
  {
    what: "a program that was killed",
    states: { phase: "Failed", main: ended(137), upload: ended(0), download: ended(0) },
    wanted: failure("Error", words(137, "Error"), "SYSTEM"),
  },
  {
    what: "inputs that could not be fetched",
    states: { phase: "Failed", download: ended(1), upload: ended(0) },
    wanted: failure("InputDownloadFailed", "\r\n[flyte-copilot-downloader] terminated with exit code (1). Reason [Error]. Message: \n."),
  },
])("$what", ({ states, wanted }) => {
  const pod = podOf(states);
  const found = phaseOfPod(pod, 0, defaultPodConfig);
  if (!found) throw new Error("a pod in this state says something");
  expect(copilotPhase(pod, found, defaultPodConfig.coPilot)).toMatchObject(wanted);
  expect(copilotPhase(pod, found, defaultPodConfig.coPilot).error === undefined).toBe(!("error" in wanted));
});

test("a pod that was evicted says so", () => {
  const pod = podOf({ phase: "Failed", reason: "Evicted", main: ended(137), upload: ended(0) });
  const found = phaseOfPod(pod, 0, defaultPodConfig);
  expect(found && copilotPhase(pod, found, defaultPodConfig.coPilot)).toBe(found);
});
