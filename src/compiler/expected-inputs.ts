import { StatusError } from "../idl/status.ts";
import { typeText } from "../idl/type-text.ts";
import type { LiteralMap, ParameterMap, VariableMap } from "../idl/types.ts";
import { castable } from "./castable.ts";
import { literalFits, typeOfLiteral } from "./type-of-literal.ts";

const refused = (why: string): StatusError => new StatusError("INVALID_ARGUMENT", why);

/**
 * A launch plan's full map of inputs: of each of the workflow's, the plan's own default, nothing when it is fixed, else
 * `required`. Throws INVALID_ARGUMENT for inputs that the workflow does not have or that do not fit. Flyte: admin's launch
 * plan validation.
 */
export function expectedInputs(
  workflowInputs: VariableMap | null | undefined,
  defaults: ParameterMap | null | undefined,
  fixed: LiteralMap | null | undefined,
): ParameterMap {
  const variables = workflowInputs?.variables ?? {};
  for (const [name, parameter] of Object.entries(defaults?.parameters ?? {})) {
    const type = parameter.var?.type;
    if (type == null) {
      throw refused(`The Variable component of the Parameter ${name} in default_inputs either is missing, or has a missing Type`);
    }
    if (parameter.default == null && !parameter.required) {
      throw refused(`Invalid variable ${name} in default_inputs - variable has neither default, nor is required. One must be specified`);
    }
    if (parameter.default != null && !literalFits(parameter.default, type)) {
      const got = typeText(typeOfLiteral(parameter.default));
      throw refused(`Type of ${name} in default_inputs does not match its default value: expected ${typeText(type)}, got ${got}`);
    }
    const expected = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (expected === undefined) throw refused(`unexpected default_input ${name}`);
    if (!castable(type, expected.type)) {
      throw refused(`invalid default_input wrong type ${name}, expected ${typeText(expected.type)}, got ${typeText(type)} instead`);
    }
  }
  for (const [name, literal] of Object.entries(fixed?.literals ?? {})) {
    if (name === "") throw refused("missing key in fixed_inputs");
    const expected = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (expected === undefined) throw refused(`unexpected fixed_input ${name}`);
    if (!literalFits(literal, expected.type)) {
      const got = typeText(typeOfLiteral(literal));
      throw refused(`invalid fixed_input wrong type ${name}, expected ${typeText(expected.type)}, got ${got} instead`);
    }
  }
  const parameters: NonNullable<ParameterMap["parameters"]> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const own = Object.hasOwn(defaults?.parameters ?? {}, name) ? defaults?.parameters?.[name] : undefined;
    if (own) parameters[name] = own;
    else if (!Object.hasOwn(fixed?.literals ?? {}, name)) parameters[name] = { var: variable, required: true };
  }
  return { parameters };
}
