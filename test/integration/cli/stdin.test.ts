import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { finished, program, Workspace } from "./run-cli.ts";

test("an argument that is left out is not taken from stdin, which is a loop's or --inputs-file's", async () => {
  await using workspace = await Workspace.make();
  const child = spawn(process.execPath, [program, "launch", "--endpoint", "127.0.0.1:1"], {
    cwd: workspace.directory,
    env: { HOME: workspace.directory, PATH: "/usr/bin:/bin", OCLIF_STDIN_TIMEOUT_MS: "3000" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {}).end("my.workflow\n");
  const ran = await finished(child);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("Missing 1 required arg");
});
