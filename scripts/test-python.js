// Finds or makes the Python environment with the real clients (flytekit, FlyteRemote, boto3, s3fs) that tests run.
// It lies outside the checkout, keyed by its requirements: FLYTE_TEST_PYTHON names another interpreter.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const requirements = path.join(path.dirname(fileURLToPath(import.meta.url)), "../test/python/requirements.txt");

/** The first Python of at least 3.10 on PATH, or undefined. */
export function findPython() {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"]) {
    try {
      const version = execFileSync(name, ["-c", "import sys, venv, ensurepip; print(sys.version_info >= (3, 10))"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      if (version.trim() === "True") return name;
    } catch {
      // Not there, or without venv: the next one.
    }
  }
  return undefined;
}

/** Path of the interpreter with the real clients, made on first use (about a minute); undefined without a Python. */
export function testPython() {
  if (process.env.FLYTE_TEST_PYTHON) return process.env.FLYTE_TEST_PYTHON;
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const directory = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), `flyte-test-python-${key}`);
  const interpreter = path.join(directory, "bin/python");
  const done = path.join(directory, ".complete");
  if (existsSync(done)) return interpreter;
  const python = findPython();
  if (!python) return undefined;
  process.stderr.write(`Installing the real clients into ${directory}\n`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.dirname(directory), { recursive: true });
  execFileSync(python, ["-m", "venv", directory], { stdio: "inherit" });
  execFileSync(interpreter, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], {
    stdio: ["ignore", 2, 2],
  });
  writeFileSync(done, "");
  return interpreter;
}
