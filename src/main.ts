import { flush } from "@oclif/core/flush";
import { run } from "@oclif/core/run";
import { fileURLToPath } from "node:url";
import pjson from "../package.json" with { type: "json" };
import { reportFailure } from "./cli/report-failure.ts";

/** Runs the command line of this process; `root` is the package's folder. Sets the exit code, never throws. */
export async function main(root: URL): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
  const argv = process.argv.slice(2);
  try {
    await run(argv, { root: fileURLToPath(root), pjson: pjson as never, isRoot: true } as never);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown, argv);
  }
  await flush();
}
