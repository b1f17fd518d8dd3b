import type { PlatformResources } from "../ports/workflow-store.ts";

/** What the engine is told. Sizes in bytes, times in milliseconds; 0 switches a limit off where it says so. */
export interface EngineSettings {
  readonly domains: readonly string[];
  /** Registered at the first start. */
  readonly projects: readonly string[];
  /** `s3://my-s3-bucket`: the base of all paths below, without a trailing slash. */
  readonly container: string;
  /** `metadata/propeller`. */
  readonly metadataPrefix: string;
  /** Where attempts keep their raw data unless the execution says otherwise. */
  readonly rawOutputPrefix: string;
  /** Path of uploads below the container; empty for none. */
  readonly uploadPrefix: string;
  /** `http://localhost:30080`: base of links shown to people (console, logs). */
  readonly publicUrl: string;
  /** User nodes in one workflow; 0 = off. */
  readonly maxWorkflowNodes: number;
  /** Nodes of one execution at a time, unless it says otherwise; 0 = off. */
  readonly maxParallelism: number;
  /**
   * How many elements of an array that does not say so may be at work: any number, as many as the execution's parallelism leaves
   * room for, or (hybrid) that, unless the array says 0. Flyte: array-node-config.default-parallelism-behavior.
   */
  readonly arrayParallelism: "unlimited" | "workflow" | "hybrid";
  /** Inputs and outputs up to this size are inlined into data replies. */
  readonly maxInlineData: number;
  /** outputs.pb beyond it fails the attempt. */
  readonly maxOutputSize: number;
  readonly nodeDefaults: {
    /** Attempts of a node without a retry strategy. */
    readonly maxAttempts: number;
    readonly maxSystemFailures: number;
    /** All failures count against maxAttempts, the system's too. */
    readonly ignoreRetryCause?: boolean;
    /** Failures after which an attempt may not be interrupted; not positive = from the end. Default -1: the last attempt. */
    readonly interruptibleFailureThreshold?: number;
    readonly interruptible: boolean;
    /** 0 = off. */
    readonly executionDeadline: number;
    readonly activeDeadline: number;
  };
  /** Running time after which an execution is failed; 0 = off. */
  readonly executionDeadline: number;
  /** Failed rounds after which a workflow is aborted as a system failure. */
  readonly maxRoundFailures: number;
  /** A safety net only: everything is woken by what it waits for. 0 = off. */
  readonly reevaluationInterval: number;
  /** A cached result older than it is not used; 0 = off. */
  readonly maxCacheAge: number;
  readonly scheduler: {
    /** Of cron expressions that name none. */
    readonly timeZone: string;
    /** Executions launched at a time of catching up, or when many are due. */
    readonly perSecond: number;
    readonly burst: number;
  };
  /** Caps on what tasks ask for; empty for none. Kubernetes quantities. */
  readonly taskResources: PlatformResources;
}

/** Flyte's own numbers for a deployment that many share: see flyteadmin's application configuration and propeller's. */
export function productionSettings(): EngineSettings {
  return {
    ...sandboxSettings,
    maxWorkflowNodes: 100,
    maxParallelism: 25,
    executionDeadline: 0,
    taskResources: {
      defaults: { cpu: "2", memory: "200Mi", gpu: "", ephemeralStorage: "" },
      limits: { cpu: "2", memory: "1Gi", gpu: "1", ephemeralStorage: "" },
    },
  };
}

/** The sandbox's: no limit on nodes or parallelism, no cap on task resources, a day of running time. */
export const sandboxSettings: EngineSettings = {
  domains: ["development", "staging", "production"],
  projects: ["flytesnacks"],
  container: "s3://my-s3-bucket",
  metadataPrefix: "metadata/propeller",
  rawOutputPrefix: "s3://my-s3-bucket/data",
  uploadPrefix: "",
  publicUrl: "http://localhost:30080",
  maxWorkflowNodes: 0,
  maxParallelism: 0,
  arrayParallelism: "unlimited",
  maxInlineData: 2 << 20,
  maxOutputSize: 10 << 20,
  nodeDefaults: { maxAttempts: 1, maxSystemFailures: 3, interruptible: false, executionDeadline: 0, activeDeadline: 0 },
  executionDeadline: 24 * 3600 * 1000,
  maxRoundFailures: 10,
  reevaluationInterval: 10_000,
  maxCacheAge: 0,
  scheduler: { timeZone: "UTC", perSecond: 100, burst: 10 },
  taskResources: {
    defaults: { cpu: "", memory: "", gpu: "", ephemeralStorage: "" },
    limits: { cpu: "", memory: "", gpu: "", ephemeralStorage: "" },
  },
};
