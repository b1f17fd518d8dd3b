import { StatusError } from "../idl/status.ts";
import type { StatusName } from "../idl/status.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { HintedRefusal } from "./hinted-refusal.ts";
import { Interrupted } from "./interrupted.ts";

/** An error as people and scripts see it; `exitCode` ends the process and is not printed. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly exitCode: number;
}

const hints: Partial<Record<StatusName, string>> = {
  NOT_FOUND: "check the name, project and domain; `flyte get` lists what is there",
  INVALID_ARGUMENT: "correct what the message names and send it again",
  ALREADY_EXISTS: "choose another name or version",
  UNAUTHENTICATED: "log in to this deployment, or choose another with --endpoint or --config",
  PERMISSION_DENIED: "ask an administrator of this deployment for access",
  UNIMPLEMENTED: "this deployment does not offer it; it may be older, or expose it elsewhere",
  UNAVAILABLE: "try again in a moment; `flyte config show` says which deployment is asked",
  DEADLINE_EXCEEDED: "try again; if it stays slow, look at the deployment's own logs",
  RESOURCE_EXHAUSTED: "ask for less (--limit), or wait",
  FAILED_PRECONDITION: "look at the present state with `flyte get`",
};

/** What to tell about anything thrown: errors of ours, refusals of a deployment, oclif's usage errors, bugs. */
export function errorReport(thrown: unknown): ErrorReport {
  if (thrown instanceof FlyteError) {
    return { code: thrown.code, message: thrown.message, hint: thrown.hint, details: thrown.details, exitCode: exitCodes[thrown.blame] };
  }
  if (thrown instanceof HintedRefusal) return { ...reportOfStatus(thrown.refusal), hint: thrown.hint };
  if (thrown instanceof StatusError) return reportOfStatus(thrown);
  if (thrown instanceof Interrupted) {
    return { code: "INTERRUPTED", message: thrown.message, hint: "what was started goes on", details: {}, exitCode: exitCodes.interrupted };
  }
  const usage = usageMessage(thrown);
  if (usage !== undefined) {
    return { code: "USAGE", message: usage, hint: "add --help to see what the command takes", details: {}, exitCode: exitCodes.usage };
  }
  return {
    code: "BUG",
    message: `unexpected: ${messageOf(thrown)}`,
    hint: "this is a bug in flyte: set FLYTE_DEBUG=1 to see where, and please report it",
    details: {},
    exitCode: exitCodes.bug,
  };
}

function reportOfStatus(error: StatusError): ErrorReport {
  return {
    code: error.status,
    message: error.message || `the deployment answered ${error.status}`,
    hint: hints[error.status] ?? "look at the deployment's own logs",
    details: {},
    exitCode: exitCodes.deployment,
  };
}

/** The message of an error of oclif's parser or command lookup (they carry `oclif.exit`), without its advice. */
function usageMessage(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("oclif" in thrown)) return undefined;
  return thrown.message
    .replace(/\n*See more help with --help\s*$/, "")
    .replace(/^command (.*) not found$/s, (_all, id: string) => `there is no command "${id.replaceAll(":", " ")}"`)
    .trim();
}
