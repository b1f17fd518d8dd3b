import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { leftBehind, snapshot } from "./leaks.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Directory of the installed package's programs. */
    flyteBin: string;
  }
}

/** Packs what `npm run build` made and installs the tarball as a user would: tests never run the checkout.
 *  What the tests leave behind (processes, ports, files) fails the run. */
export default function setup(project: TestProject): () => void {
  const before = snapshot();
  const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-installed-"));
  const npm = (...args: string[]): void => {
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", "ignore", "inherit"] });
  };
  npm("pack", "--ignore-scripts", "--pack-destination", directory);
  const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("npm pack made no tarball");
  npm("install", "--global", "--prefix", path.join(directory, "prefix"), path.join(directory, tarball));
  project.provide("flyteBin", path.join(directory, "prefix/bin"));
  return () => {
    rmSync(directory, { recursive: true, force: true });
    const left = leftBehind(before);
    if (left.length > 0) throw new Error(`the tests left something behind:\n${left.join("\n")}`);
  };
}
