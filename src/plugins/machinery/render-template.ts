import type { LiteralMap } from "../../idl/types.ts";
import { messageOf } from "../../std/errors.ts";
import { literalText } from "./literal-text.ts";

/** What placeholders stand for. */
export interface TemplateValues {
  readonly input: string;
  readonly inputPrefix: string;
  readonly outputPrefix: string;
  readonly rawOutputDataPrefix: string;
  readonly checkpointOutputPrefix: string;
  /** Empty for none: rendered as two double quotes. */
  readonly prevCheckpointPrefix: string;
  readonly perRetryUniqueKey: string;
  readonly namespace: string;
  /** Undefined leaves the placeholder as written. */
  readonly taskTemplatePath: string | undefined;
}

const names: readonly (keyof TemplateValues)[] = [
  "input",
  "outputPrefix",
  "inputPrefix",
  "rawOutputDataPrefix",
  "prevCheckpointPrefix",
  "checkpointOutputPrefix",
  "perRetryUniqueKey",
  "taskTemplatePath",
  "namespace",
];

const patterns = names.map((name) => ({ name, pattern: placeholder(name) }));
const inputPattern = /\{\{\s*[.$]Inputs\.(?<name>[^}\s]+)\s*\}\}/gi;

function placeholder(name: string): RegExp {
  return new RegExp(`\\{\\{\\s*[.$]${name}\\s*\\}\\}`, "gi");
}

/** Whether the text asks for `{{.taskTemplatePath}}`. */
export function wantsTaskTemplate(text: string): boolean {
  return text.search(placeholder("taskTemplatePath")) >= 0;
}

/** Whether the text asks for one of the inputs. */
export function wantsInputs(text: string): boolean {
  return text.search(inputPattern) >= 0;
}

/**
 * Replaces `{{ .Name }}` and `{{ $Name }}`, in any case; inputs last, so what their values hold is not replaced
 * again. What is unknown stays as written, and so do inputs when there are none at all. Throws RangeError,
 * naming the placeholder, for an input that is missing or has no text. (Flyte: pluginmachinery core/template.)
 */
export function renderTemplate(text: string, values: TemplateValues, inputs: LiteralMap | undefined): string {
  let result = text;
  for (const { name, pattern } of patterns) {
    const value = name === "prevCheckpointPrefix" && values[name] === "" ? '""' : values[name];
    if (value !== undefined) result = result.replace(pattern, () => value);
  }
  const literals = inputs?.literals ?? {};
  if (Object.keys(literals).length === 0) return result;
  return result.replace(inputPattern, (whole: string, name: string) => {
    const literal = Object.hasOwn(literals, name) ? literals[name] : undefined;
    if (!literal) throw new RangeError(`input template [${whole}]: requested input is not found [${name}]`);
    try {
      return literalText(literal);
    } catch (error) {
      throw new RangeError(`input template [${whole}]: failed to bind a value to inputName [${name}]: ${messageOf(error)}`, {
        cause: error,
      });
    }
  });
}

/** A name usable as an identifier nearly everywhere: of letters, digits and `_`, not beginning with a digit. */
export function perRetryUniqueKey(generatedName: string): string {
  return generatedName.replace(/^[^a-zA-Z_]+/, "a").replace(/[^a-zA-Z0-9_]+/g, "_");
}
