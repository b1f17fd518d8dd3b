import type Docker from "dockerode";
import { expect, test } from "vitest";
import { provideImages } from "./sandbox-images.ts";

/** A Docker engine with these images, and no registry to be reached. */
function engineWith(...images: readonly string[]): Docker {
  const inspect = (name: string) => () =>
    images.includes(name)
      ? Promise.resolve({ Id: `sha256:${name}`, Os: "linux", Architecture: name.startsWith("arm") ? "arm64" : "amd64" })
      : Promise.reject(Object.assign(new Error("none"), { statusCode: 404 }));
  const info = () => Promise.resolve({ OSType: "linux", Architecture: "x86_64" });
  const fake = { info, getImage: (name: string) => ({ inspect: inspect(name) }), pull: () => Promise.reject(new Error("no such host")) };
  return fake as unknown as Docker;
}

const needed = { image: "p:1", flag: "--p" };
const optional = { image: "r:2", flag: "--r", isOptional: true };
const { signal } = new AbortController();
const silent = (): void => undefined;

test("an optional image that cannot be had is told of, and nothing else is", async () => {
  expect(await provideImages(engineWith("p:1", "r:2"), [needed, optional], silent, signal)).toEqual([]);
  expect(await provideImages(engineWith("p:1"), [needed, optional], silent, signal)).toEqual([
    { ...optional, why: "it cannot be pulled: no such host" },
  ]);
});

test("any other that cannot be had is named, without the optional ones", async () => {
  await expect(provideImages(engineWith(), [needed, optional], silent, signal)).rejects.toMatchObject({
    code: "SANDBOX_IMAGES_MISSING",
    message: "the Docker engine lacks an image:\n  p:1: it cannot be pulled: no such host\n    docker pull p:1, or name another with --p",
    hint: "run: docker pull p:1",
  });
});

test("one for another machine is named", async () => {
  const images = [needed, { image: "arm:1", flag: "--a" }];
  await expect(provideImages(engineWith("p:1", "arm:1"), images, silent, signal)).rejects.toMatchObject({
    code: "SANDBOX_IMAGE_ARCHITECTURE",
    message: "the Docker engine runs linux/amd64; arm:1 is for linux/arm64",
    details: { wanted: "linux/amd64", images: [{ image: "arm:1", platform: "linux/arm64" }] },
  });
});
