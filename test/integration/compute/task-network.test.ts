import Docker from "dockerode";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { taskNetwork, type TaskNetwork } from "../../../src/compute/docker/task-network.ts";

interface Said {
  readonly info: object;
  readonly bridge?: object;
}

const linux = { OperatingSystem: "Debian", SecurityOptions: ["name=seccomp,profile=default"] };
const bridge = (gateway: string): object => ({ IPAM: { Config: [{ Gateway: "fe80::1" }, { Subnet: "x", Gateway: gateway }] } });

async function networkOf({ info, bridge: inspected }: Said, platform: NodeJS.Platform = "linux"): Promise<TaskNetwork> {
  const directory = await mkdtemp(path.join(tmpdir(), "task-network-"));
  const socketPath = path.join(directory, "docker.sock");
  const server = createServer(({ url }, response) => {
    const content = url === "/info" ? info : inspected;
    response.writeHead(content ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(content ?? { message: "none" }));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    return await taskNetwork(new Docker({ socketPath }), platform);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  }
}

test("the bridge's gateway, where that is this machine's", async () => {
  expect(await networkOf({ info: linux, bridge: bridge("127.0.0.9") })).toEqual({ bind: "127.0.0.9", host: "127.0.0.9" });
});

test.each([
  ["Docker Desktop on Linux", { info: { OperatingSystem: "Docker Desktop" } }, "linux"],
  ["an engine in a virtual machine of a Mac's", { info: linux, bridge: bridge("127.0.0.9") }, "darwin"],
] as const)("%s hands its own name for this machine on to the loopback", async (_title, said, platform) => {
  expect(await networkOf(said, platform)).toEqual({ bind: "127.0.0.1", host: "host.docker.internal" });
});

test.each([
  [
    "an engine elsewhere",
    { info: linux, bridge: bridge("192.0.2.77") },
    "it is not on this machine, and the bridge's gateway 192.0.2.77 is no",
  ],
  ["no bridge", { info: linux }, "it has no bridge network"],
  ["a rootless engine", { info: { ...linux, SecurityOptions: ["name=rootless"] } }, "it is a rootless one"],
] as const)("%s is refused by name, with what helps", async (_title, said, message) => {
  await expect(networkOf(said)).rejects.toMatchObject({
    code: "SANDBOX_DOCKER_NETWORK",
    message: expect.stringContaining(message),
    hint: expect.stringContaining("--compute local"),
  });
});
