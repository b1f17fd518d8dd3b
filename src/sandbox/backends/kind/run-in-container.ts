import type Docker from "dockerode";
import { PassThrough, type Duplex, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FlyteError } from "../../../std/errors.ts";

/** Enough of what a program said to explain it. */
const keptBytes = 64 << 10;

export interface RunInContainer {
  /** Given on its standard input. */
  readonly input?: Readable;
  readonly signal?: AbortSignal;
}

/** Runs a program in a container and resolves with its output. SANDBOX_NODE_PROGRAM_FAILED with what it said. */
export async function runInContainer(
  container: Docker.Container,
  command: readonly string[],
  { input, signal }: RunInContainer = {},
): Promise<string> {
  const exec = await container.exec({ Cmd: [...command], AttachStdin: input !== undefined, AttachStdout: true, AttachStderr: true });
  const stream: Duplex = await exec.start({ hijack: true, stdin: input !== undefined });
  const aborted = (): void => void stream.destroy();
  signal?.addEventListener("abort", aborted);
  try {
    const [output, errors] = [collector(), collector()];
    container.modem.demuxStream(stream, output.stream, errors.stream);
    const ended = new Promise<void>((resolve, reject) => void stream.once("end", resolve).once("close", resolve).once("error", reject));
    // A program that ends early closes its input; why is in what it said.
    if (input) await pipeline(input, stream, { end: true }).catch(() => {});
    await ended;
    signal?.throwIfAborted();
    const { ExitCode: code } = await exec.inspect();
    if (code === 0) return output.text();
    throw new FlyteError({
      code: "SANDBOX_NODE_PROGRAM_FAILED",
      blame: "environment",
      message: `${command[0]} in the cluster's node ended with ${code}: ${(errors.text() || output.text()).trim().slice(-2000)}`,
      hint: "the node may be out of disk or memory: see flyte sandbox logs --lines 50, and docker stats",
      details: { command, exitCode: code },
    });
  } finally {
    signal?.removeEventListener("abort", aborted);
    input?.destroy();
    stream.destroy();
  }
}

function collector(): { readonly stream: PassThrough; text(): string } {
  const parts: Buffer[] = [];
  let size = 0;
  const stream = new PassThrough();
  stream.on("data", (part: Buffer) => {
    if (size < keptBytes) parts.push(part);
    size += part.length;
  });
  return { stream, text: () => Buffer.concat(parts).toString("utf8") };
}
