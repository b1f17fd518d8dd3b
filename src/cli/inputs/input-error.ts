import type { LiteralType } from "../../idl/types.ts";
import { FlyteError } from "../../std/errors.ts";
import { oneLine } from "../plain-text.ts";
import { typeExample, typeName } from "./type-name.ts";

const longestShown = 60;

/** A value that is none of its type. `at` is the input's name and the way into it, e.g. `xs[1].name`. */
export function inputError(at: string, value: unknown, type: LiteralType | null | undefined, why = ""): FlyteError {
  const name = /^[^.[]*/.exec(at)?.[0] ?? at;
  const shown = oneLine(typeof value === "string" ? `"${value}"` : (JSON.stringify(value) ?? String(value)));
  const cut = shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
  return new FlyteError({
    code: "INPUT_INVALID",
    blame: "usage",
    message: `input ${at}: expected ${typeName(type)}, got ${cut}${why && ` (${why})`}`,
    hint: at === name ? `write it like: --input '${name}=${typeExample(type)}'` : `${typeName(type)}: written like ${typeExample(type)}`,
    details: { input: at, type: typeName(type), example: typeExample(type) },
  });
}
