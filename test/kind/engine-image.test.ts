import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { emptyImage } from "./empty-image.ts";
import { kindVariables } from "../support/kind-environment.ts";

const tag = `flyte-test-built:${process.pid}`;
const base = `flyte-test-base:${process.pid}`;
const environment = inject("kind");
let directory: string;

interface Ended {
  readonly status: number | null;
  readonly answer: {
    readonly ok: boolean;
    readonly data: { readonly image: string; readonly id: string; readonly base: string; readonly built: boolean; readonly size: number };
    readonly error: { readonly code: string; readonly message: string; readonly hint: string };
  };
}

function buildImage(...args: readonly string[]): Ended {
  const run = spawnSync(path.join(inject("flyteBin"), "flyte"), ["sandbox", "build-image", "--json", ...args], {
    encoding: "utf8",
    env: { ...kindVariables(environment), HOME: directory },
  });
  return { status: run.status, answer: JSON.parse(run.stdout) as Ended["answer"] };
}

function docker(args: readonly string[], input?: Buffer): string {
  return execFileSync("docker", args, { encoding: "utf8", env: kindVariables(environment), stdio: "pipe", ...(input && { input }) }).trim();
}

const images = (): readonly string[] => docker(["images", "--all", "--quiet", "--no-trunc"]).split("\n").sort();

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "flyte-engine-image-"));
});

afterAll(() => {
  docker(["image", "rm", "--force", tag, base]);
  rmSync(directory, { recursive: true, force: true });
});

test("the engine's image is built once, and serves on a read-only root as a user without privileges", async () => {
  // The image that all tests use has this content: another base makes it another.
  const left = path.join(inject("flyteBin"), "../lib/node_modules/flyte/dist/__pycache__");
  mkdirSync(left, { recursive: true });
  writeFileSync(path.join(left, "shim.pyc"), "left by an interpreter of this machine");
  const used = buildImage("--base", environment.engineBase, "--tag", tag);
  expect(used).toMatchObject({
    status: 0,
    answer: {
      ok: true,
      data: { image: tag, id: docker(["image", "inspect", "--format", "{{.Id}}", inject("engineImage")]), built: false },
    },
  });
  const ofBase = docker(["create", used.answer.data.base, "node"]);
  docker(["commit", "--change", "LABEL of=test", ofBase, base]);
  docker(["rm", ofBase]);
  const first = buildImage("--base", base, "--tag", tag);
  expect(first).toMatchObject({ status: 0, answer: { ok: true, data: { image: tag, built: true } } });
  expect(first.answer.data.size).toBeLessThan(400e6);
  const again = buildImage("--base", base, "--tag", tag);
  expect(again).toMatchObject({ status: 0, answer: { data: { id: first.answer.data.id, built: false } } });

  expect(docker(["image", "inspect", "--format", "{{.Config.User}}", tag])).toBe("1000:1000");
  const config = path.join(directory, "flyte.yaml");
  writeFileSync(
    config,
    "name: image\ndataDir: /var/lib/flyte/data\nports: [8080]\nobjects: { store: files, port: 8081, accessKey: a, secretKey: b }\npython: /usr/bin/python3\n",
  );
  chmodSync(directory, 0o755);
  chmodSync(config, 0o644);
  const writable = ["--tmpfs", "/tmp", "--tmpfs", "/var/lib/flyte:uid=4711,gid=4711"];
  const mount = `${config}:/etc/flyte/flyte.yaml:ro`;
  const hardened = ["--read-only", "--user", "4711:4711", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
  const container = docker(["run", "--detach", ...hardened, ...writable, "--volume", mount, tag]);
  try {
    const ask = "fetch('http://localhost:8080/healthz').then((answer)=>console.log(answer.status),()=>console.log('none'))";
    let answered = "none";
    for (let tries = 0; answered === "none" && tries < 100; tries++) {
      answered = docker(["exec", container, "node", "-e", ask]);
      await sleep(100);
    }
    expect(answered).toBe("200");
    expect(() => docker(["exec", container, "touch", "/opt/flyte/x"])).toThrow(/Read-only file system/);
    docker(["stop", container]);
    expect(docker(["inspect", "--format", "{{.State.ExitCode}}", container])).toBe("0");
  } finally {
    docker(["rm", "--force", "--volumes", container]);
  }
});

test("a base that cannot be had names itself, and what to type instead", () => {
  expect(buildImage("--base", "localhost:1/no/such:image")).toMatchObject({
    status: 3,
    answer: {
      error: {
        code: "ENGINE_IMAGE_BASE_MISSING",
        message: expect.stringMatching(
          /^the base image localhost:1\/no\/such:image is not on this machine, and it cannot be pulled: /,
        ) as string,
        hint: expect.stringContaining("flyte sandbox build-image --base debootstrap") as string,
      },
    },
  });
});

test("a base for another architecture is refused before anything is built", async () => {
  const name = `flyte-test-foreign:${process.pid}`;
  docker(["load"], await emptyImage(name, "s390x"));
  try {
    expect(buildImage("--base", name, "--tag", `${tag}-foreign`)).toMatchObject({
      status: 2,
      answer: {
        error: {
          code: "ENGINE_IMAGE_ARCHITECTURE",
          message: expect.stringContaining("is for linux/s390x, the Docker engine runs linux/") as string,
        },
      },
    });
  } finally {
    docker(["image", "rm", name]);
  }
});

test("a base without Node is refused, and nothing is left of the attempt", () => {
  const before = images();
  const { status, answer } = buildImage("--base", environment.postgresImage, "--tag", `${tag}-without-node`);
  expect(answer.error.message).toMatch(
    // Docker loses a container's last words at times; then its command is named.
    /cannot run the engine: (.*node.*: No such file or directory|The command '.*flyte --version' returned a non-zero code: 127)$/,
  );
  expect({ status, code: answer.error.code }).toEqual({ status: 2, code: "ENGINE_IMAGE_BASE_UNSUITABLE" });
  expect(answer.error.hint).toContain("--base node:24-slim");
  expect(images().filter((id) => !before.includes(id))).toEqual([]);
});
