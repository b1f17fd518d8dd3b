import { FlyteError } from "../std/errors.ts";
import type { Answer } from "./answer.ts";

export const outputFormats = ["table", "json", "yaml", "urn", "dot"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** The text for stdout of `answer`, and the error to end with. `envelope` is --json. */
export async function renderAnswer(
  answer: Answer,
  options: { readonly format: OutputFormat; readonly envelope: boolean; readonly width: number | undefined },
): Promise<{ text: string; failure?: FlyteError }> {
  const failure = answer.failure ? { failure: answer.failure } : {};
  if (answer.data === undefined) return { text: "", ...failure };
  const data = async (): Promise<unknown> => (typeof answer.data === "function" ? answer.data() : answer.data);
  if (options.envelope) return answer.failure ? { text: "", ...failure } : { text: json({ ok: true, data: await data() }) };
  switch (options.format) {
    case "json":
      return { text: json(await data()), ...failure };
    case "yaml": {
      const { writeYaml } = await import("./yaml-text.ts");
      return { text: writeYaml(await data()), ...failure };
    }
    case "urn":
      if (!answer.urns) throw unsupported("no URNs", "use -o table, json or yaml");
      return { text: answer.urns.map((urn) => `${urn}\n`).join(""), ...failure };
    case "dot":
      if (!answer.dot) throw unsupported("no graph", "use it with `flyte get workflow NAME`; or -o table, json, yaml or urn");
      return { text: answer.dot(), ...failure };
    case "table":
      return { text: answer.text(options.width), ...failure };
  }
}

function unsupported(lacks: string, hint: string): FlyteError {
  return new FlyteError({ code: "OUTPUT_UNSUPPORTED", blame: "usage", message: `this command's answer has ${lacks}`, hint });
}

/** One JSON document, indented, with a line end. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
