import type { LiteralMap, LiteralType } from "../../idl/types.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Literal } from "../../idl/types.ts";
import type { InputContext } from "./literal-input.ts";
import { literalInput } from "./literal-input.ts";
import { typeExample, typeName } from "./type-name.ts";

export interface GivenInputs {
  /** Text of flags; wins over the values of a file. */
  readonly texts: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** `required` false and no default at the deployment (`noneByDefault`): what is not given is none. */
export type Expected = Readonly<
  Record<string, { readonly type: LiteralType; readonly required: boolean; readonly noneByDefault?: boolean }>
>;

/** The literals of what was given. FlyteError when a name is unknown or a required one missing (all are named), or as literalInput. */
export async function inputMap(given: GivenInputs, expected: Expected, context: InputContext): Promise<LiteralMap> {
  const names = new Set([...Object.keys(given.values), ...Object.keys(given.texts)]);
  checkNames(names, expected);
  const literals: Record<string, Literal> = {};
  for (const name of names) {
    const isText = Object.hasOwn(given.texts, name);
    literals[name] = await literalInput(name, isText ? given.texts[name] : given.values[name], expected[name]?.type, isText, context);
  }
  for (const [name, { type, noneByDefault }] of Object.entries(expected)) {
    if (noneByDefault && !names.has(name)) literals[name] = await literalInput(name, null, type, false, context);
  }
  return { literals };
}

function checkNames(names: ReadonlySet<string>, expected: Expected): void {
  const described = ([name, { type, required }]: readonly [string, Expected[string]]): string =>
    `${name} (${typeName(type)}${required ? "" : ", optional"})`;
  const unknown = [...names].filter((name) => !Object.hasOwn(expected, name));
  if (unknown.length > 0) {
    const known = Object.entries(expected).map(described).join(", ");
    throw new FlyteError({
      code: "INPUT_UNKNOWN",
      blame: "usage",
      message: `there is no input ${unknown.join(", ")}`,
      hint: known === "" ? "it takes no inputs" : `its inputs are: ${known}`,
      details: { unknown, expected: Object.keys(expected) },
    });
  }
  const missing = Object.entries(expected).filter(([name, { required }]) => required && !names.has(name));
  if (missing.length === 0) return;
  throw new FlyteError({
    code: "INPUT_MISSING",
    blame: "usage",
    message: `missing inputs: ${missing.map(described).join(", ")}`,
    hint: `give them like: ${missing.map(([name, { type }]) => `--input '${name}=${typeExample(type)}'`).join(" ")}; or all in a file: --inputs-file inputs.yaml`,
    details: { missing: missing.map(([name]) => name) },
  });
}
