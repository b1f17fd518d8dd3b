import type Docker from "dockerode";
import type { Duplex } from "node:stream";
import type { SandboxRecord } from "../../sandbox-record.ts";
import { runningNode } from "./running-node.ts";

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
}

/** Runs a command in the cluster's node, with this process's input and output; its exit code. On a terminal it has one, too. */
export async function execInNode(
  record: SandboxRecord,
  command: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const { node } = await runningNode(record);
  const isTerminal = terminal.input.isTTY && terminal.output.isTTY;
  const exec = await node.exec({ Cmd: [...command], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: isTerminal });
  const stream: Duplex = await exec.start({ hijack: true, stdin: true, Tty: isTerminal });
  const aborted = (): void => void stream.destroy();
  const resize = (): void => void resized(exec, terminal.output);
  signal.addEventListener("abort", aborted);
  try {
    if (isTerminal) {
      terminal.input.setRawMode(true);
      terminal.output.on("resize", resize);
      resize();
      stream.pipe(terminal.output, { end: false });
    } else node.modem.demuxStream(stream, terminal.output, terminal.errors);
    terminal.input.pipe(stream);
    await new Promise<void>((resolve) => void stream.once("end", resolve).once("close", resolve).once("error", resolve));
    signal.throwIfAborted();
    return (await exec.inspect()).ExitCode ?? 1;
  } finally {
    signal.removeEventListener("abort", aborted);
    terminal.output.off("resize", resize);
    if (isTerminal) terminal.input.setRawMode(false);
    terminal.input.unpipe(stream);
    // Else a terminal that nobody types into keeps this process.
    terminal.input.destroy();
    stream.destroy();
  }
}

async function resized(exec: Docker.Exec, { rows, columns }: NodeJS.WriteStream): Promise<void> {
  await exec.resize({ h: rows, w: columns }).catch(() => {
    // It has ended.
  });
}
