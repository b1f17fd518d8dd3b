import type { CompiledEntity, EntityError } from "../../authoring/compile-entities.ts";
import { entityIdOf } from "../../idl/identifiers.ts";
import { formatUrn } from "../../idl/urn.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
import { oneLine } from "../plain-text.ts";
import { renderTable } from "../table.ts";
import { workflowsDot } from "./workflow-dot.ts";

/** What everything was compiled to; `failure` with all errors, each with its place, when something does not compile. */
export function compileAnswer(results: readonly CompiledEntity[], version: string | null): Answer {
  const urnOf = ({ entity }: CompiledEntity): string => formatUrn({ kind: entity.kind, ...entityIdOf(entity.id) });
  const failed = results.flatMap((result) => ("errors" in result ? [{ urn: urnOf(result), errors: result.errors, result }] : []));
  const workflows = results.flatMap((result) => ("workflow" in result ? [result.workflow] : []));
  return {
    data: async () => {
      const [{ reflectedType }, { toJsonValue }] = await Promise.all([
        import("../../idl/reflection.ts"),
        import("../../idl/json/to-json-value.ts"),
      ]);
      const json = (type: string, value: object) => toJsonValue(reflectedType(type), value, { emitUnpopulated: false, fieldNames: "json" });
      const compiled = (result: CompiledEntity): object => {
        if ("errors" in result) return { errors: result.errors };
        if ("task" in result) return { compiled: json("flyteidl.core.CompiledTask", result.task) };
        if ("workflow" in result) return { compiled: json("flyteidl.core.CompiledWorkflowClosure", result.workflow) };
        const { expectedInputs, expectedOutputs } = result.launchPlan;
        return { compiled: json("flyteidl.admin.LaunchPlanClosure", { expectedInputs, expectedOutputs }) };
      };
      return { version, items: results.map((result) => ({ urn: urnOf(result), kind: result.entity.kind, ...compiled(result) })) };
    },
    urns: results.filter((result) => !("errors" in result)).map(urnOf),
    text: (width) => renderTable({ columns: ["urn", "verdict"], rows: results.map((result) => [urnOf(result), verdict(result)]) }, width),
    // With a failure, that is the answer to print, not that there is no graph.
    ...((workflows.length > 0 || failed.length > 0) && { dot: () => (workflows.length > 0 ? workflowsDot(workflows) : "") }),
    ...(failed.length > 0 && { failure: failureOf(failed, results.length) }),
  };
}

function verdict(result: CompiledEntity): string {
  if ("errors" in result) return `${result.errors.length} error${result.errors.length === 1 ? "" : "s"}`;
  if (!("workflow" in result)) return "compiles";
  // Start and end node are the compiler's.
  const nodes = (result.workflow.primary?.template?.nodes?.length ?? 2) - 2;
  return `compiles, ${nodes} node${nodes === 1 ? "" : "s"}`;
}

interface Failed {
  readonly urn: string;
  readonly errors: readonly EntityError[];
  readonly result: CompiledEntity;
}

function failureOf(failed: readonly Failed[], all: number): FlyteError {
  const places = failed.flatMap(({ urn, errors, result }) => [
    `  ${urn} (${result.entity.source})`,
    ...errors.map(({ code, nodeId, nodeName, message }) => {
      const place = nodeId === "" ? "" : ` ${nodeName === null ? nodeId : `${nodeId} ${nodeName}`}:`;
      return `   ${place} [${code}] ${oneLine(message)}`;
    }),
  ]);
  return new FlyteError({
    code: "COMPILATION_FAILED",
    blame: "usage",
    message: [`${failed.length} of ${all} entities do not compile`, ...places].join("\n"),
    hint: "correct the program; a task, workflow or launch plan that is only referred to must be among the paths",
    details: { items: failed.map(({ urn, errors }) => ({ urn, errors })) },
  });
}
