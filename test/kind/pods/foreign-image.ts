import { execFileSync } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { inject } from "vitest";
import { kindVariables } from "../../support/kind-environment.ts";

/** An image that says it is for this machine, and whose programs are for another one: an s390x is not among those that run kind. */
export async function foreignImage(name: string): Promise<void> {
  const layer = pack();
  layer.entry({ name: "usr/local/bin/pyflyte-fast-execute", mode: 0o755 }, program());
  layer.finalize();
  const args = ["import", "--change", "ENV PATH=/usr/local/bin", "-", name];
  execFileSync("docker", args, { input: await buffer(layer), env: kindVariables(inject("kind")), stdio: ["pipe", "ignore", "inherit"] });
}

/** The header of an ELF executable of 64 bits, big-endian, with one segment. */
function program(): Buffer {
  const file = Buffer.alloc(184);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  const [executable, s390, headerSize, segmentSize] = [2, 22, 64, 56];
  file.writeUInt16BE(executable, 16);
  file.writeUInt16BE(s390, 18);
  file.writeUInt32BE(1, 20);
  file.writeBigUInt64BE(0x10000078n, 24);
  file.writeBigUInt64BE(BigInt(headerSize), 32);
  file.writeUInt16BE(headerSize, 52);
  file.writeUInt16BE(segmentSize, 54);
  file.writeUInt16BE(1, 56);
  const [load, readAndExecute] = [1, 5];
  file.writeUInt32BE(load, 64);
  file.writeUInt32BE(readAndExecute, 68);
  for (const at of [80, 88]) file.writeBigUInt64BE(0x10000000n, at);
  for (const at of [96, 104, 112]) file.writeBigUInt64BE(0x1000n, at);
  return file;
}
