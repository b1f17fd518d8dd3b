import type Docker from "dockerode";
import { expect, test } from "vitest";
import { loadImage } from "./load-image.ts";

test("an image without layers, which Docker does not export, is named as such", async () => {
  const inspect = () => Promise.resolve({ Id: "sha256:1", Os: "linux", Architecture: "amd64", RootFS: { Type: "layers" } });
  const docker = { info: () => Promise.resolve({ OSType: "linux", Architecture: "x86_64" }), getImage: () => ({ inspect }) };
  const node = { exec: () => Promise.reject(new Error("the node has none of that name")) };
  const { signal } = new AbortController();
  const loaded = loadImage(docker as unknown as Docker, node as unknown as Docker.Container, "nothing:1", signal);
  await expect(loaded).rejects.toMatchObject({
    code: "SANDBOX_IMAGE_EMPTY",
    blame: "usage",
    message: "image nothing:1 has no layers: there is no file in it that a pod could run",
  });
});
