/** What a compile error is about; clients match on these names. */
export type CompileErrorKind =
  | "CycleDetected"
  | "BranchNodeIdNotFound"
  | "BranchNodeHasNoCondition"
  | "BranchNodeHasNoDefault"
  | "ValueRequired"
  | "InvalidValue"
  | "NodeReferenceNotFound"
  | "TaskReferenceNotFound"
  | "WorkflowReferenceNotFound"
  | "VariableNameNotFound"
  | "DuplicateAlias"
  | "DuplicateId"
  | "MismatchingTypes"
  | "MismatchingBindings"
  | "MismatchingInterfaces"
  | "InconsistentTypes"
  | "ParameterBoundMoreThanOnce"
  | "ParameterNotBound"
  | "NoEntryNodeFound"
  | "UnreachableNodes"
  | "UnrecognizedValue"
  | "WorkflowBuildError"
  | "ValueCollision"
  | "SyntaxError"
  | "NoNodesFound"
  | "IllegalEnumValue"
  | "AmbiguousBindingUnionValue"
  | "IncompatibleBindingUnionValue"
  | "NoConditionFound"
  | "FieldNotFound"
  | "InvalidLiteralType";

export interface CompileError {
  readonly kind: CompileErrorKind;
  readonly nodeId: string;
  readonly description: string;
}

/** `Code: <kind>, Node Id: <id>, Description: <text>`. */
export function compileErrorText(error: CompileError): string {
  return `Code: ${error.kind}, Node Id: ${error.nodeId}, Description: ${error.description}`;
}

/** All that is wrong with a task or workflow: a set, sorted by kind and then by text. */
export class CompileErrors {
  readonly #errors = new Map<string, CompileError>();
  #added = 0;

  add(error: CompileError): void {
    this.#added++;
    this.#errors.set(compileErrorText(error), error);
  }

  /** Rises with every `add`, also of an error that is there already: what compares it learns whether a step failed. */
  get added(): number {
    return this.#added;
  }

  get any(): boolean {
    return this.#errors.size > 0;
  }

  list(): readonly CompileError[] {
    return [...this.#errors.entries()]
      .sort(([textA, a], [textB, b]) => compare(a.kind, b.kind) || compare(textA, textB))
      .map(([, error]) => error);
  }

  /** `Collected Errors: <n>` and a line for each, as Flyte's admin puts it into its answers. */
  toString(): string {
    const lines = this.list().map((error, index) => `\tError ${index}: ${compileErrorText(error)}\n`);
    return `Collected Errors: ${lines.length}\n${lines.join("")}`;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
