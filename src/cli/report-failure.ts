import { inspect } from "node:util";
import { errorReport } from "./error-report.ts";
import { plainText } from "./plain-text.ts";

/** Prints anything thrown (the JSON envelope to stdout when `--json` was given, else lines to stderr) and returns the exit code. */
export function reportFailure(thrown: unknown, argv: readonly string[]): number {
  if (isHelpExit(thrown)) return 0;
  const { exitCode, code, message, hint, details } = errorReport(thrown);
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
