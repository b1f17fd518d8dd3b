// What a task plugin from another package is written against: `import type { … } from "flyte/plugin"`. Types alone; what
// runs is given to the plugin (PluginHost), so that a plugin needs no copy of this package at run time.
import type { PluginHost as EngineHost, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";

export type { BlobEntry, BlobInfo, BlobStore } from "../../ports/blob-store.ts";
export type { ResourcePool } from "../../ports/resource-manager.ts";
export type {
  ErrorKind,
  PluginError,
  PluginPhase,
  PluginState,
  PluginTransition,
  TaskContext,
  TaskPlugin,
} from "../../ports/task-plugin.ts";
export type { Literal, LiteralMap, LiteralType, TaskLog, TaskTemplate, TypedInterface } from "../../idl/types.ts";

/**
 * A value of a task's inputs or outputs without its type: integers as numbers (beyond 2^53 as text, or given as bigint),
 * datetimes as RFC 3339 (or given as Date), durations as `1.5s`, files and directories by URI, lists, mappings, null.
 */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue | undefined };

/** What a plugin of another package is given when it is made. */
export interface PluginHost extends EngineHost {
  /** Aborted when the engine stops: what waits in the background is to end, and is taken up again by `handle` at the next start. */
  readonly stopping: AbortSignal;
  /** A line of the engine's log. Fields must hold no secrets. */
  log(level: "info" | "warn" | "error", message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  /** A task's inputs, without their types. */
  inputs(context: TaskContext): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Writes outputs.pb, durably, with the types that the task declares; what it must do before it answers with SUCCESS. Rejects
   * (TypeError, with the output's name) where one is missing, is not declared, or does not fit.
   */
  writeOutputs(context: TaskContext, outputs: Readonly<Record<string, PlainValue>>): Promise<void>;
}

/** What a plugin module exports. */
export interface PluginModule {
  /** The version of this contract that it is written for. */
  readonly pluginApi: 1;
  /** Called once, at the engine's start; `config` is what stands beside the module's name in the engine's configuration. */
  createTaskPlugins(host: PluginHost, config: unknown): readonly TaskPlugin[];
}
