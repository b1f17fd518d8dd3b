import { spawn } from "node:child_process";
import path from "node:path";
import { FlyteError } from "../std/errors.ts";
import { packageRoot } from "../sandbox/package-files.ts";

interface Envelope<T> {
  readonly ok: boolean;
  readonly data?: T;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string; readonly details: Record<string, unknown> };
}

/**
 * Runs one of our own commands as a person would, its progress going to `onProgress` line by line, and returns its data.
 * Throws what it reported.
 */
export function ownCommand<T>(args: readonly string[], onProgress: (line: string) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(packageRoot(), "bin/run.js"), ...args, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onProgress(line);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      const answer = parse<T>(stdout);
      if (answer?.ok) return resolve(answer.data as T);
      const error = answer?.error ?? {
        code: "DEMO_COMMAND_FAILED",
        message: `flyte ${args.join(" ")} ended with ${code}`,
        hint: "run it by hand to see why",
        details: {},
      };
      return reject(new FlyteError({ ...error, blame: code === 5 ? "execution" : code === 4 ? "deployment" : "environment" }));
    });
  });
}

function parse<T>(text: string): Envelope<T> | undefined {
  try {
    return JSON.parse(text) as Envelope<T>;
  } catch {
    return undefined;
  }
}
