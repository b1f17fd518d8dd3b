import { createHash } from "node:crypto";
import { google } from "../../idl/flyteidl.ts";
import type { PluginState, PluginTransition, TaskContext } from "../../ports/task-plugin.ts";
import type { JobPhase } from "./read-answer.ts";

/** What is kept of an attempt between rounds. */
export interface ConnectorState {
  /** It was begun here, so that it stays here. */
  readonly connector?: true;
  /** What the connector gave for its job, base64; and when, epoch milliseconds. */
  readonly meta?: string;
  readonly begunAt?: number;
  /** The job has ended by itself: there is nothing to delete. */
  readonly ended?: true;
}

export function connectorState({ state }: TaskContext): ConnectorState {
  const { connector, meta, begunAt, ended } = state ?? {};
  return {
    ...(connector === true && { connector }),
    ...(typeof meta === "string" && { meta }),
    ...(typeof begunAt === "number" && { begunAt }),
    ...(ended === true && { ended }),
  };
}

/** An attempt as it was told of last, with nothing new. */
export function nothingNew({ state, phaseVersion }: TaskContext): PluginTransition | undefined {
  const phase = state?.["phase"];
  if (phase !== "QUEUED" && phase !== "WAITING_FOR_RESOURCES" && phase !== "INITIALIZING" && phase !== "RUNNING") return undefined;
  return { phase, phaseVersion };
}

/** What is told of an attempt: a new version of the phase where something but the phase is new. */
export function tell(context: TaskContext, found: JobPhase, more: ConnectorState = {}): PluginTransition {
  const { lookAgainAt: _, outputs: _outputs, ...transition } = found;
  const { phase, reason = "", logs = [], customInfo } = found;
  const digest = createHash("sha256").update(JSON.stringify([reason, logs]));
  if (customInfo) digest.update(google.protobuf.Struct.encode(customInfo).finish());
  const told = digest.digest("base64url").slice(0, 16);
  const known = context.state;
  const isSame = known?.["phase"] === phase;
  if (isSame && known["told"] === told && Object.keys(more).every((key) => Object.hasOwn(known, key)))
    return { ...transition, phaseVersion: context.phaseVersion };
  const state: PluginState = { ...connectorState(context), ...more, phase, told };
  return { ...transition, phaseVersion: isSame ? context.phaseVersion + (known["told"] === told ? 0 : 1) : 0, state };
}
