import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { leftBehind } from "./leaks.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Directory of the installed package's programs. */
    flyteBin: string;
    /** Where this run's homes are. */
    runRoot: string;
  }
}

/**
 * Packs what `npm run build` made and installs the tarball as a user would: tests never run the checkout. What the tests
 * leave behind (processes and with them ports, files) fails the run.
 */
export default function setup(project: TestProject): () => void {
  const runRoot = mkdtempSync(path.join(os.tmpdir(), "flyte-run-"));
  const npm = (...args: string[]): void => {
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", "ignore", "inherit"] });
  };
  npm("pack", "--ignore-scripts", "--pack-destination", runRoot);
  const tarball = readdirSync(runRoot).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("npm pack made no tarball");
  npm("install", "--global", "--prefix", path.join(runRoot, "prefix"), path.join(runRoot, tarball));
  project.provide("flyteBin", path.join(runRoot, "prefix/bin"));
  project.provide("runRoot", runRoot);
  return () => {
    const left = leftBehind(runRoot, ["prefix", tarball]);
    rmSync(runRoot, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`the tests left something behind:\n${left.join("\n")}`);
  };
}
