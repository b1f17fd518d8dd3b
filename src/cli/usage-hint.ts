import { choicesHint, nearestWord } from "./nearest-word.ts";

/** What is used of oclif's manifest. */
export interface CommandManifest {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly flags: Readonly<
          Record<string, { readonly char?: string; readonly allowNo?: boolean; readonly options?: readonly string[] }>
        >;
      }
    >
  >;
}

/**
 * What was probably meant by a command line that oclif refused with `message`: the nearest command, flag or word. Undefined
 * when nothing is near, or when it was refused for something else.
 */
export function usageHint(message: string, argv: readonly string[], { commands }: CommandManifest): string | undefined {
  const ids = Object.keys(commands).map((id) => id.replaceAll(":", " "));
  const missing = /^there is no command "(.*)"$/s.exec(message)?.[1];
  if (missing !== undefined) return commandHint(missing, argv, ids);
  const words = argv.join(" ");
  const id = ids.filter((one) => words === one || words.startsWith(`${one} `)).sort((a, b) => b.length - a.length)[0];
  if (id === undefined) return undefined;
  const flags = Object.entries(commands[id.replaceAll(" ", ":")]?.flags ?? {});
  const unknown = /^Nonexistent flags?: (\S+?)(?:,|$)/m.exec(message)?.[1];
  if (unknown?.startsWith("--")) {
    const near = nearestWord(
      unknown.slice(2),
      flags.flatMap(([name, { allowNo }]) => (allowNo ? [name, `no-${name}`] : [name])),
    );
    return near && `did you mean --${near}?`;
  }
  const extra = /^Unexpected arguments?: (\S+?)(?:,|$)/m.exec(message)?.[1];
  if (extra !== undefined && argv[argv.indexOf(extra) - 1] === "--sandbox") return `a sandbox is named as --sandbox=${extra}`;
  const expected = /Expected --\S+?=(.*) to be one of: (.*)$/m.exec(message);
  const option = expected && nearestWord(expected[1] ?? "", (expected[2] ?? "").split(", "));
  return option ? `did you mean ${option}?` : undefined;
}

function commandHint(missing: string, argv: readonly string[], ids: readonly string[]): string | undefined {
  // Arguments may follow; the first words are what was meant for a command.
  const tried = [...new Set([missing, argv.slice(0, 2).join(" "), argv[0] ?? ""])];
  for (const words of tried) {
    const near = nearestWord(words, ids);
    if (near !== undefined) return `did you mean: flyte ${near}`;
  }
  const topics = [...new Set(ids.filter((id) => id.includes(" ")).map((id) => id.split(" ")[0] ?? ""))];
  const first = argv[0] ?? "";
  const topic = topics.includes(first) ? first : nearestWord(first, topics);
  if (topic === undefined) return undefined;
  const below = ids.filter((id) => id.startsWith(`${topic} `)).map((id) => id.slice(topic.length + 1));
  return choicesHint(argv[1] ?? "", `flyte ${topic} knows`, below);
}
