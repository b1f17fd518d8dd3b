import { executionPhases, nodePhases, taskPhases } from "../idl/phases.ts";
import { FlyteError } from "../std/errors.ts";
import { choicesHint, nearestWord } from "./nearest-word.ts";

const functions = ["eq", "ne", "gt", "gte", "lt", "lte", "contains", "not_like", "value_in", "value_not_in"];
const example = "write it like: --filter 'eq(phase,FAILED)' or --filter 'value_in(phase,FAILED;ABORTED)'";
const phasesOf = { execution: executionPhases, node_execution: nodePhases, task_execution: taskPhases } as const;

/** What a list is of, where phases count. */
export type PhaseLevel = keyof typeof phasesOf;

/**
 * Throws FlyteError FILTER_INVALID for a filter that is not FUNCTION(FIELD,VALUE), and PHASE_UNKNOWN for a phase there is
 * none of (no execution would ever be found). Fields are for the deployment to judge.
 */
export function checkFilters(filters: readonly string[], level?: PhaseLevel): void {
  for (const filter of filters.flatMap((several) => several.split("+"))) {
    // As Flyte reads them: the value begins after the last comma.
    const [, name = "", field = "", value = ""] = /^\s*(.+?)\((.+),\s?(.+)\)\s*$/.exec(filter) ?? [];
    if (name === "") throw invalid(filter, `--filter ${filter} is not FUNCTION(FIELD,VALUE)`, example);
    if (!functions.includes(name)) {
      const near = nearestWord(name, functions);
      throw invalid(
        filter,
        `--filter ${filter}: there is no function ${name}`,
        `${near ? `did you mean "${near}"? ` : ""}functions: ${functions.join(", ")}`,
      );
    }
    const [, prefix, isPhase] = /^(?:(\w+)\.)?(phase)$/.exec(field.trim()) ?? [];
    const asked = prefix === undefined ? level : Object.hasOwn(phasesOf, prefix) ? (prefix as PhaseLevel) : undefined;
    if (isPhase === undefined || asked === undefined || !/^(eq|ne|value_in|value_not_in)$/.test(name)) continue;
    const phases: readonly string[] = phasesOf[asked];
    const unknown = (name.startsWith("value_") ? value.split(";") : [value]).find((phase) => !phases.includes(phase));
    if (unknown !== undefined) throw phaseUnknown(unknown, asked, phases);
  }
}

function phaseUnknown(phase: string, level: PhaseLevel, phases: readonly string[]): FlyteError {
  return new FlyteError({
    code: "PHASE_UNKNOWN",
    blame: "usage",
    message: `there is no phase [${phase}] of ${level.replace("_", " ")}s`,
    hint: choicesHint(phase, "phases", phases),
    details: { phase, phases },
  });
}

function invalid(filter: string, message: string, hint: string): FlyteError {
  return new FlyteError({ code: "FILTER_INVALID", blame: "usage", message, hint, details: { filter } });
}
