import { inspect } from "node:util";
import { errorReport } from "./error-report.ts";
import { plainText } from "./plain-text.ts";
import type { CommandManifest } from "./usage-hint.ts";

/** Prints anything thrown (the JSON envelope to stdout when `--json` was given, else lines to stderr) and returns the exit code. */
export async function reportFailure(thrown: unknown, argv: readonly string[], manifest: CommandManifest | undefined): Promise<number> {
  if (isHelpExit(thrown)) return 0;
  const report = errorReport(thrown);
  const { exitCode, code, message, details } = report;
  const commands = code === "USAGE" ? manifest : undefined;
  const meant = commands && (await import("./usage-hint.ts")).usageHint(message, argv, commands);
  const hint = meant === undefined ? report.hint : `${meant} (${report.hint})`;
  if (wantsEnvelope(argv)) {
    // `watch` prints an object a line, so its error is one too.
    const indent = argv[0] === "watch" ? undefined : 2;
    process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message, hint, details } }, null, indent)}\n`);
  } else {
    process.stderr.write(`error: ${plainText(message)}\n${hint ? `hint: ${plainText(hint)}\n` : ""}`);
  }
  if (process.env["FLYTE_DEBUG"]) process.stderr.write(`${inspect(thrown)}\n`);
  return exitCode;
}

/** Whether `--json` stands before any `--`; asked here because the command line itself may be what is wrong. */
export function wantsEnvelope(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

/** oclif ends `--help` by an error with exit code 0. */
function isHelpExit(thrown: unknown): boolean {
  return thrown instanceof Error && "oclif" in thrown && (thrown.oclif as { exit?: number }).exit === 0;
}
