import path from "node:path";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ComputeBackend, ComputeStatus } from "../../ports/compute-backend.ts";
import type { ContainerData } from "../../ports/container-data.ts";
import type { PluginError, PluginHost, PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import { dataConfigOf } from "../machinery/data-config.ts";
import { computeSpecOf } from "./compute-spec.ts";
import { DataFiles } from "./data-files.ts";
import { type DataPlan, dataPlanOf } from "./data-plan.ts";
import { failureOfExit } from "./failure-of-exit.ts";
import { readErrorDocument } from "../../ports/read-error-document.ts";
import type { TaskEndpoints } from "./task-environment.ts";

export interface ContainerPluginOptions {
  readonly host: PluginHost;
  readonly compute: ComputeBackend;
  readonly blobs: BlobStore;
  readonly data: ContainerData;
  /** Of the files of attempts whose data are files; made when there is one. */
  readonly dataDirectory: string;
  readonly endpoints: { readonly tasks: TaskEndpoints };
  /** Where a person reads the log of an attempt. */
  readonly logUrl: (generatedName: string) => string;
  /** Set in every task; wins over all else. */
  readonly defaultEnv: Readonly<Record<string, string>>;
}

/** What a task may leave below its output prefix. */
const outputFiles = ["outputs.pb", "error.pb", "futures.pb", "deck.html"];
/** Of the log, in the message of a failure: what Kubernetes keeps too. */
const logTail = 2048;
const fetchingInputs = "fetching its inputs";

/** Tasks that are a container: a command rendered, and run by a compute backend. Also every type nobody else claims. */
export function createContainerPlugin(options: ContainerPluginOptions): TaskPlugin {
  const { compute, host } = options;
  const files = new DataFiles(options.data);
  compute.subscribe((_name, labels) => {
    const { project, domain, execution, node } = labels;
    if (project !== undefined && domain !== undefined && execution !== undefined) host.wake({ project, domain, name: execution }, node);
  });
  const remove = async (context: TaskContext): Promise<void> => {
    await compute.remove(context.generatedName);
    if (dataConfigOf(context.template)) await files.remove({ root: path.join(options.dataDirectory, context.generatedName) });
  };
  return {
    id: "container",
    taskTypes: ["container", "python-task", "raw-container"],
    isDefault: true,
    async handle(context) {
      const { container } = context.template;
      if (container == null) return permanent(badSpecification("the task has no container"));
      const wake = (): void => host.wake(context.id.node.execution, context.id.node.nodeId);
      let plan;
      try {
        plan = dataPlanOf(context, options.dataDirectory);
      } catch (error) {
        if (error instanceof RangeError) return permanent(badSpecification(error.message));
        throw error;
      }
      let status = await compute.status(context.generatedName);
      if (!status) {
        if (context.state?.["created"] === true) {
          return retryable({ code: "Interrupted", message: "the attempt is no longer known where it ran", kind: "SYSTEM" });
        }
        const laidOut = plan ? files.inputs(plan, wake) : "DONE";
        if (laidOut === "UNDER_WAY") return fetching(context);
        if (laidOut !== "DONE") return retryable({ code: "InputDownloadFailed", message: laidOut.failed, kind: "USER" });
        let spec;
        try {
          spec = await computeSpecOf(context, container, {
            blobs: options.blobs,
            sharesFiles: compute.sharesFiles,
            endpoints: options.endpoints.tasks,
            defaultEnv: options.defaultEnv,
            directories: plan?.directories ?? [],
          });
        } catch (error) {
          if (error instanceof RangeError) return permanent(badSpecification(error.message));
          throw error;
        }
        await compute.create(spec);
        status = (await compute.status(context.generatedName)) ?? { state: "WAITING", reason: "accepted" };
      }
      const found = await interpret(options, context, status);
      return plan && status.state === "EXITED" ? await withOutputs(files, plan, wake, found) : found;
    },
    abort: remove,
    finalize: remove,
  };
}

/**
 * An attempt that leaves files ends when its outputs are there. Of one that failed nothing is expected, but what it says itself that
 * it failed of counts. The codes are those of pods.
 */
async function withOutputs(files: DataFiles, plan: DataPlan, wake: () => void, found: PluginTransition): Promise<PluginTransition> {
  const { phase, error, occurredAt: _, use: __, ...times } = found;
  if (phase !== "SUCCESS") {
    const told = error?.code === "Error" ? await files.told(plan) : undefined;
    return told === undefined ? found : { ...found, error: uploadFailed(told) };
  }
  const sent = files.outputs(plan, wake);
  if (sent === "DONE") return found;
  if (sent !== "UNDER_WAY") return { ...found, phase: "RETRYABLE_FAILURE", error: uploadFailed(sent.failed) };
  return { ...times, phase: "RUNNING", ...(found.startedAt !== undefined && { occurredAt: found.startedAt }) };
}

function uploadFailed(message: string): PluginError {
  return { code: "OutputUploadFailed", message, kind: "USER" };
}

async function interpret(options: ContainerPluginOptions, context: TaskContext, status: ComputeStatus): Promise<PluginTransition> {
  switch (status.state) {
    case "WAITING":
      return waiting(context, status);
    case "RUNNING":
      return {
        phase: "RUNNING",
        phaseVersion: 0,
        logs: logsOf(options, context),
        occurredAt: status.startedAt,
        state: { created: true, phase: "RUNNING" },
      };
    case "EXITED":
      return exited(options, context, status);
    case "REFUSED": {
      const { reason, hint, code = "TaskRefused" } = status;
      const error: PluginError = { code, message: hint === undefined ? reason : `${reason}. Hint: ${hint}`, kind: "USER" };
      return status.retryable ? retryable(error) : permanent(error);
    }
    case "LOST":
    default:
      return retryable({ code: "Interrupted", message: status.reason, kind: "SYSTEM" });
  }
}

/** Nothing of it is anywhere yet but on this machine's disk. */
function fetching(context: TaskContext): PluginTransition {
  return { ...waiting(context, { state: "WAITING", reason: fetchingInputs }), state: { phase: "QUEUED", reason: fetchingInputs } };
}

/** A new reason within the phase is published as a new version of it. */
function waiting(context: TaskContext, status: Extract<ComputeStatus, { readonly state: "WAITING" }>): PluginTransition {
  const { reason } = status;
  const phase = status.initializing ? "INITIALIZING" : "QUEUED";
  const same = context.state?.["phase"] === phase;
  const phaseVersion = same ? context.phaseVersion + (context.state?.["reason"] === reason ? 0 : 1) : 0;
  return { phase, phaseVersion, reason, state: { created: true, phase, reason } };
}

async function exited(
  options: ContainerPluginOptions,
  context: TaskContext,
  status: Extract<ComputeStatus, { readonly state: "EXITED" }>,
): Promise<PluginTransition> {
  const { blobs, compute } = options;
  // Made durable before anything says that it is there.
  if (compute.sharesFiles) await Promise.all(outputFiles.map((name) => blobs.sync(`${context.outputPrefix}/${name}`)));
  const common = {
    phaseVersion: 0,
    logs: logsOf(options, context),
    ...(status.use ? { use: status.use } : {}),
    startedAt: status.startedAt,
    occurredAt: status.finishedAt,
    state: { created: true },
  };
  // Success means that the program ended well; what it left, error.pb too, is propeller's to judge.
  if (status.exitCode === 0) return { phase: "SUCCESS", ...common };
  // A task that was told to fail on errors, or that died after it wrote one, has said more than its exit code does.
  const told = status.timedOut ? undefined : await readErrorDocument(blobs, `${context.outputPrefix}/error.pb`);
  if (told) return { phase: told.recoverable ? "RETRYABLE_FAILURE" : "PERMANENT_FAILURE", error: told.error, ...common };
  const error = failureOfExit(status, await endOfLog(compute, context.generatedName), context.deadlineSeconds);
  return { phase: "RETRYABLE_FAILURE", error, ...common };
}

async function endOfLog(compute: ComputeBackend, name: string): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const part of compute.logs(name)) tail = Buffer.concat([tail, part]).subarray(-logTail);
  return tail.toString("utf8");
}

function logsOf(options: ContainerPluginOptions, context: TaskContext): NonNullable<PluginTransition["logs"]> {
  return [{ name: "Logs", uri: options.logUrl(context.generatedName), messageFormat: flyteidl.core.TaskLog.MessageFormat.UNKNOWN }];
}

function badSpecification(message: string): PluginError {
  return { code: "BadTaskSpecification", message, kind: "USER" };
}

function permanent(error: PluginError): PluginTransition {
  return { phase: "PERMANENT_FAILURE", phaseVersion: 0, error };
}

function retryable(error: PluginError): PluginTransition {
  return { phase: "RETRYABLE_FAILURE", phaseVersion: 0, error };
}
