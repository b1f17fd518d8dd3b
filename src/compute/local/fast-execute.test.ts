import { expect, test } from "vitest";
import { parseFastExecute, withDistribution } from "./fast-execute.ts";
import { chooseInterpreter } from "./interpreter.ts";

test.each([
  ["pyflyte-execute --inputs x", undefined],
  [
    "pyflyte-fast-execute --additional-distribution s3://b/c.tar.gz --dest-dir /root -- pyflyte-execute --a b",
    ["s3://b/c.tar.gz", "pyflyte-execute --a b"],
  ],
  ["/venv/bin/pyflyte-fast-execute --dest-dir=/x --additional-distribution=s3://b/c.tar.gz -- a -- b", ["s3://b/c.tar.gz", "a -- b"]],
  ["pyflyte-fast-execute --additional-distribution u.tar.gz python x.py", ["u.tar.gz", "python x.py"]],
  ["pyflyte-fast-execute -- a", [undefined, "a"]],
] as const)("%s", (command, expected) => {
  const parsed = parseFastExecute(command.split(" "));
  expect(parsed && [parsed.distribution, parsed.command.join(" ")]).toEqual(expected);
});

test("the origin of the code is told before the resolver, and nowhere else", () => {
  expect(withDistribution("pyflyte-execute --inputs i --resolver r -- resolver x".split(" "), "u", "/d").join(" ")).toBe(
    "pyflyte-execute --inputs i --dynamic-addl-distro u --dynamic-dest-dir /d --resolver r -- resolver x",
  );
  expect(withDistribution(["python", "x.py"], "u", "/d")).toEqual(["python", "x.py"]);
});

test.each([
  ["ghcr.io/me/torch:v1", "p", "/torch"],
  ["ghcr.io/me/torch-gpu:v1", "p", "/torch"],
  ["other", "q", "/q"],
  ["xghcr.io/me/torch:v1", "p", "/default"],
  ["ghcr_io/me/torch:v1", "p", "/default"],
])("image %s of project %s runs with %s", (image, project, path) => {
  const rules = [
    { image: "ghcr.io/me/torch*", path: "/torch" },
    { project: "q", path: "/q" },
  ];
  expect(chooseInterpreter({ image, project }, rules, { path: "/default" })).toEqual({ path });
});
