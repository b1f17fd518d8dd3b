import type { EntityId } from "../idl/identifiers.ts";
import type { ParameterMap, VariableMap } from "../idl/types.ts";

/** What a launch plan takes and gives. */
export interface LaunchPlanTypes {
  readonly expectedInputs: ParameterMap | null | undefined;
  readonly expectedOutputs: VariableMap | null | undefined;
}

/** Launch plans as propeller asks admin for them: workflows that tasks make may refer to any. */
export interface LaunchPlans {
  /** Undefined when there is none of that id. */
  typesOf(id: EntityId): Promise<LaunchPlanTypes | undefined>;
}
