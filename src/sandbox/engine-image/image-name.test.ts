import { expect, test } from "vitest";
import { checkImageName, withTag } from "./image-name.ts";

test.for([
  "node",
  "node:24-slim",
  "flyte-engine:0.1.0",
  "localhost:5000/a/b",
  "registry.example.com/a_b/c:V1",
  `node@sha256:${"0".repeat(64)}`,
])("%s names an image", (name) => {
  expect(checkImageName(name, "--base")).toBe(name);
});

test.for(["", "Node", "a b", "-a", "a:", "a/", "a//b", "a:b:c", "../a", "a;b", "x".repeat(256)])("%j does not", (name) => {
  expect(() => checkImageName(name, "--tag")).toThrow(
    expect.objectContaining({ code: "ENGINE_IMAGE_NAME_INVALID", hint: expect.stringContaining("--tag flyte-engine:dev") as string }),
  );
});

test("a port is no tag", () => {
  expect(withTag("localhost:5000/a")).toBe("localhost:5000/a:latest");
  expect(withTag("localhost:5000/a:b")).toBe("localhost:5000/a:b");
});
