import type { Bench, BenchOptions } from "../bench.ts";
import type { Literal } from "../../../../src/idl/types.ts";
import type { WorkflowOf } from "../workflow-of.ts";

/** A fact of Flyte's own tests: what is given, and what becomes of it, as admin is told. */
export interface VerdictRow {
  /** Flyte's test: its file below flytepropeller/pkg/controller, its name, and that of its row. */
  readonly of: string;
  readonly workflow: WorkflowOf;
  readonly given?: BenchOptions;
  /** What happens after the first rounds; default nothing. */
  readonly meanwhile?: (bench: Bench) => Promise<unknown> | void;
  /** How long to go on afterwards. */
  readonly until: "REST" | "END";
  /** By node, or node and attempt: its phases. NONE when nothing is told of it. */
  readonly sees: Readonly<Record<string, string>>;
  /** Codes of errors that nodes, or the workflow, end with. */
  readonly codes?: Readonly<Record<string, string>>;
  /** Its output `o`. */
  readonly outputs?: Literal;
}
