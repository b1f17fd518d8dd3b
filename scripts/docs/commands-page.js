import { glob } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** docs/commands.md: every command of src/commands, as its own help tells. */
export async function commandsPage(root) {
  const files = (await Array.fromAsync(glob("src/commands/**/*.ts", { cwd: root }))).filter((file) => !file.endsWith(".test.ts")).sort();
  const commands = await Promise.all(
    files.map(async (file) => {
      const { default: command } = await import(pathToFileURL(path.join(root, file)).href);
      return {
        id: file
          .replace(/^src[\\/]commands[\\/]|\.ts$/g, "")
          .split(path.sep)
          .join(" "),
        command,
      };
    }),
  );
  const link = ({ id }) => `[\`flyte ${id}\`](#flyte-${id.replaceAll(" ", "-")})`;
  return [
    "# Commands",
    "",
    "Made by `node scripts/docs.js` from `src/commands`; do not edit. `flyte COMMAND --help` says the same.",
    "",
    table(
      ["command", "what it does"],
      commands.map((one) => [link(one), one.command.summary]),
    ),
    "",
    "## Exit codes",
    "",
    "0 done, 1 a bug, 2 usage, 3 this machine, 4 the deployment, 5 the execution failed or was aborted, 130 interrupted. The codes of errors are in [errors.md](errors.md).",
    "",
    "## Flags of every command that speaks to a deployment",
    "",
    flagTable(commands.flatMap(({ command }) => globals(command))),
    "",
    "The others take `--json`, `--output` and `--quiet`.",
    "",
    ...commands.flatMap(section),
  ].join("\n");
}

const allFlags = (command) => Object.entries({ ...command.baseFlags, ...command.flags });
const isGlobal = ([, flag]) => flag.helpGroup === "GLOBAL";
const globals = (command) => allFlags(command).filter(isGlobal);

function section({ id, command }) {
  const args = Object.entries(command.args ?? {});
  const own = allFlags(command).filter((entry) => !isGlobal(entry) && !entry[1].hidden);
  const usage = args.map(([name, arg]) => (arg.required ? name.toUpperCase() : `[${name.toUpperCase()}]`)).join(" ");
  const speaks = globals(command).some(([name]) => name === "endpoint");
  const examples = (command.examples ?? []).map((example) => example.replaceAll("<%= config.bin %>", "flyte"));
  return [
    `## flyte ${id}`,
    "",
    `\`flyte ${[id, usage].filter(Boolean).join(" ")}${own.length > 0 ? " [FLAGS]" : ""}\``,
    "",
    command.summary,
    "",
    ...(command.description ? [command.description, ""] : []),
    ...(args.length > 0
      ? [
          table(
            ["argument", ""],
            args.map(([name, arg]) => [`\`${name.toUpperCase()}\``, arg.description ?? ""]),
          ),
          "",
        ]
      : []),
    ...(own.length > 0 ? [flagTable(own), ""] : []),
    ...(speaks ? [] : ["Takes none of the flags that choose a deployment.", ""]),
    ...(examples.length > 0 ? ["```sh", ...examples, "```", ""] : []),
  ];
}

function flagTable(entries) {
  const rows = [...new Map(entries)].map(([name, flag]) => {
    const value = flag.type === "boolean" ? "" : ` ${flag.options ? flag.options.join("\\|") : (flag.helpValue ?? "VALUE")}`;
    const notes = [flag.multiple && "may be repeated", flag.allowNo && `or \`--no-${name}\``, defaultText(flag)].filter(Boolean);
    return [
      `\`--${name}${value}\`${flag.char ? `, \`-${flag.char}\`` : ""}`,
      `${flag.summary ?? flag.description ?? ""}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`,
    ];
  });
  return table(["flag", ""], rows);
}

function defaultText({ default: value }) {
  return value === undefined || value === false || typeof value === "function" ? undefined : `default \`${value}\``;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("\n", " ").replaceAll(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
