import { expect, test } from "vitest";
import { platformOf } from "./platform.ts";

test.for([
  ["linux", "x86_64", "linux/amd64"],
  ["linux", "aarch64", "linux/arm64"],
  ["linux", "amd64", "linux/amd64"],
  ["linux", "x64", "linux/amd64"],
  ["linux", "arm64", "linux/arm64"],
  ["linux", "riscv64", "linux/riscv64"],
] as const)("%s on %s is %s", ([os, architecture, platform]) => {
  expect(platformOf(os, architecture)).toBe(platform);
});
