// Finds or builds MinIO, the object store that other people's deployments run: the tests speak to it as to any S3. It is
// built from its Go module (about four minutes), lies outside the checkout, and is keyed by its version:
// FLYTE_TEST_MINIO names another program.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const module = "github.com/minio/minio";
const version = "v0.0.0-20260212201848-7aac2a2c5b7c";
/** From here on Go fetches the toolchain that a module asks for. */
const oldestGo = [1, 21];

function hasGo() {
  try {
    const found = /go(\d+)\.(\d+)/.exec(execFileSync("go", ["version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
    return major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1]);
  } catch {
    return false;
  }
}

/** Path of the program, built on first use; undefined without Go. */
export function testMinio() {
  if (process.env.FLYTE_TEST_MINIO) return process.env.FLYTE_TEST_MINIO;
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "flyte-test-minio");
  const program = path.join(cache, version, "minio");
  if (existsSync(program)) return program;
  if (!hasGo()) return undefined;
  process.stderr.write(`Building MinIO ${version} into ${path.dirname(program)}\n`);
  mkdirSync(path.dirname(program), { recursive: true });
  const scratch = mkdtempSync(path.join(cache, "build-"));
  try {
    const go = (...args) =>
      execFileSync("go", args, {
        cwd: scratch,
        stdio: ["ignore", 2, 2],
        env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod -buildvcs=false -trimpath" },
      });
    // A module that asks for it, since `go install` refuses one that replaces others.
    go("mod", "init", "build");
    go("mod", "edit", "-require", `${module}@${version}`);
    go("build", "-p", "2", "-ldflags", "-s -w", "-o", "minio", module);
    renameSync(path.join(scratch, "minio"), program);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return program;
}

if (import.meta.main) process.stdout.write(`${testMinio() ?? "there is no Go of at least 1.21 on PATH"}\n`);
