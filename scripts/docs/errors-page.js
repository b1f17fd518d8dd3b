import { glob, readFile } from "node:fs/promises";
import path from "node:path";

const blames = {
  usage: [2, "what was typed, or the program"],
  environment: [3, "this machine"],
  deployment: [4, "the deployment"],
  execution: [5, "the execution"],
  bug: [1, "flyte itself"],
};

/** docs/errors.md: every FlyteError that the source makes. */
export async function errorsPage(root) {
  const errors = [];
  for (const file of (await Array.fromAsync(glob("src/**/*.ts", { cwd: root }))).sort()) {
    if (file.endsWith(".test.ts") || file.includes(`${path.sep}gen${path.sep}`)) continue;
    errors.push(...errorsOf(await readFile(path.join(root, file), "utf8"), file.split(path.sep).join("/")));
  }
  const byCode = Map.groupBy(errors, ({ code }) => code);
  const inOrder = [...byCode].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = inOrder.map(([code, made]) => {
    const distinct = (field) => [...new Set(made.map((one) => one[field]))];
    return `| \`${code}\` | ${distinct("blame").join(", ")} | ${distinct("message").filter(Boolean).join("<br>")} | ${distinct("file")
      .map((file) => `\`${file}\``)
      .join("<br>")} |`;
  });
  return [
    "# Errors",
    "",
    'Made by `node scripts/docs.js` from `src`; do not edit. An error has a code that stays the same, a message, and a hint of what to do. With `--json` a command prints `{"ok":false,"error":{"code","message","hint","details"}}`.',
    "",
    "| blame | exit code | who can mend it |",
    "|---|---|---|",
    ...Object.entries(blames).map(([blame, [exit, who]]) => `| ${blame} | ${exit} | ${who} |`),
    "",
    "What a deployment refuses has gRPC's status as its code (`NOT_FOUND`, `INVALID_ARGUMENT`, …) and ends with 4. A wrong command line is `USAGE` (2), Ctrl-C `INTERRUPTED` (130), anything unforeseen `BUG` (1). In messages, … stands for what differs.",
    "",
    "| code | blame | message | made in |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** The errors that a file makes; throws for one whose code it cannot read, or the page would leave it out in silence. */
function errorsOf(source, file) {
  return [...source.matchAll(/new FlyteError\(/g)].flatMap(({ index }) => {
    const fields = inside(source, source.indexOf("(", index));
    // What another process or module reported is passed on.
    if (/^\{\s*\.\.\./.test(fields)) return [];
    const message = messageText(fields);
    const maker = enclosingFunction(source, index);
    const codes = codesOf(fields, source, maker);
    const found = blamesOf(fields, source, maker);
    if (codes.length === 0 || found.length === 0)
      throw new Error(`cannot tell the code or blame of an error made in ${file}: ${fields.slice(0, 80)}`);
    return codes.map((code, at) => ({ code, blame: found.length === codes.length ? found[at] : found.join(" or "), message, file }));
  });
}

function codesOf(fields, source, maker) {
  const own = property(fields, "code");
  if (own !== undefined) {
    // A code that ends in a phase is one of those that the file tells apart.
    const phases = [...new Set([...source.matchAll(/\bphase !== "(\w+)"/g)].map(([, phase]) => phase))];
    const compared = /=== "\w+"/g;
    return [...own.replaceAll(compared, "").matchAll(/["`]([A-Z][A-Z0-9_]*)(\$\{phase\})?["`]/g)].flatMap(([, code, isOpen]) =>
      isOpen ? phases.map((phase) => code + phase) : [code],
    );
  }
  // Shorthand: what callers within the file hand over.
  return [
    ...new Set(
      [...source.matchAll(new RegExp(`\\b${maker}\\(([^;]*?)\\)`, "gs"))].flatMap(([, given]) =>
        [...given.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g)].map(([, code]) => code),
      ),
    ),
  ];
}

function blamesOf(fields, source, maker) {
  const own = property(fields, "blame");
  const text = own ?? source.slice(source.indexOf(maker));
  return [...new Set([...text.matchAll(/"(usage|environment|deployment|execution|bug)"/g)].map(([, blame]) => blame))];
}

/** The expression of a property of an object literal, up to the next property. */
function property(fields, name) {
  return new RegExp(`\\b${name}:\\s*([^]*?),\\s*(?=\\w+[:,]|\\}|\\.\\.\\.)`).exec(fields)?.[1];
}

function messageText(fields) {
  const start = /\bmessage:\s*(?=["`])/.exec(fields);
  if (!start) return "";
  const quote = fields[start.index + start[0].length];
  let text = "";
  for (let at = start.index + start[0].length + 1; at < fields.length && fields[at] !== quote; at++) {
    if (fields[at] === "\\") text += fields[++at] === "n" ? " " : fields[at];
    else if (quote === "`" && fields.startsWith("${", at)) {
      at += inside(fields, at + 1).length + 2;
      text += "…";
    } else text += fields[at];
  }
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll(/…+/g, "…");
}

/** What stands between the bracket at `open` and its partner. */
function inside(source, open) {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if ("({[".includes(source[at])) depth++;
    else if (")}]".includes(source[at]) && --depth === 0) return source.slice(open + 1, at);
  }
  return source.slice(open + 1);
}

function enclosingFunction(source, index) {
  return [...source.slice(0, index).matchAll(/(?:function\*? |const )(\w+)(?:\(| = (?:async )?\()/g)].at(-1)?.[1] ?? "";
}
