import { literalFits, typeOfLiteral } from "../../../compiler/type-of-literal.ts";
import { typeText } from "../../../idl/type-text.ts";
import type { Literal, LiteralMap, ParameterMap } from "../../../idl/types.ts";
import { invalidArgument } from "../refusals.ts";

/**
 * What the plan adds to a user's inputs: defaults for those not given, and what is fixed. Throws INVALID_ARGUMENT for
 * unknown, missing, ill-typed and fixed ones. Flyte: admin's execution inputs.
 */
export function resolveInputs(
  user: LiteralMap,
  expected: ParameterMap | null | undefined,
  fixed: LiteralMap | null | undefined,
): Record<string, Literal> {
  const given = new Map(Object.entries(user.literals ?? {}));
  const parameters = new Map(Object.entries(expected?.parameters ?? {}));
  const added: Record<string, Literal> = {};
  for (const name of given.keys()) if (!parameters.has(name)) throw invalidArgument(`invalid input ${name}`);
  for (const [name, parameter] of parameters) {
    const literal = given.get(name);
    if (literal === undefined) {
      if (parameter.required) throw invalidArgument(`expected_inputs ${name} missing`);
      if (parameter.default != null) added[name] = parameter.default;
    } else if (!literalFits(literal, parameter.var?.type)) {
      const got = typeText(typeOfLiteral(literal));
      throw invalidArgument(`invalid ${name} input wrong type. Expected ${typeText(parameter.var?.type)}, but got ${got}`);
    }
  }
  for (const [name, literal] of Object.entries(fixed?.literals ?? {})) {
    if (given.has(name)) throw invalidArgument(`fixed_inputs ${name} cannot be overridden`);
    added[name] = literal;
  }
  return added;
}
