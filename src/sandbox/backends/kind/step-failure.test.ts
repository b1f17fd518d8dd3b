import { expect, test } from "vitest";
import { FlyteError } from "../../../std/errors.ts";
import { stepFailure } from "./step-failure.ts";

const full = "write /var/lib/docker/tmp/x: no space left on device";
const program = new FlyteError({
  code: "SANDBOX_NODE_PROGRAM_FAILED",
  blame: "environment",
  message: `ctr ended with 1: ${full}`,
  hint: "h",
});
const refused = Object.assign(new Error("connect ENOENT /run/docker.sock"), { code: "ENOENT", syscall: "connect" });
const missing = Object.assign(new Error("ENOENT: no such file, open 'x'"), { code: "ENOENT", syscall: "open" });
const answered = Object.assign(new Error("(HTTP code 500) server error - connect: no route"), { statusCode: 500 });

test.for([
  [new Error(full), "SANDBOX_DISK_FULL", `step load failed: the disk of the Docker engine is full: ${full}`],
  [program, "SANDBOX_DISK_FULL", `step load failed: the disk of the Docker engine is full: ctr ended with 1: ${full}`],
  [refused, "SANDBOX_DOCKER_GONE", "step load failed: the Docker engine does not answer any more: connect ENOENT /run/docker.sock"],
  [missing, "SANDBOX_STEP_FAILED", "step load failed: ENOENT: no such file, open 'x'"],
  [answered, "SANDBOX_STEP_FAILED", "step load failed: (HTTP code 500) server error - connect: no route"],
] as const)("%s", ([thrown, code, message]) => {
  expect(stepFailure("load", thrown)).toMatchObject({ code, message, details: { step: "load" } });
});

test("what is known already keeps its code and its hint", () => {
  const known = new FlyteError({ code: "SANDBOX_NOT_READY", blame: "environment", message: "m", hint: "h", details: { a: 1 } });
  expect(stepFailure("engine", known)).toMatchObject({
    code: "SANDBOX_NOT_READY",
    message: "step engine failed: m",
    hint: "h",
    details: { a: 1, step: "engine" },
  });
});
