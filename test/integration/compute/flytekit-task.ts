import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { shellSpec } from "../../contract/compute-backend-contract.ts";
import { testPython } from "./open-backend.ts";

/** A gzipped tar of files by name. */
export async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  tar.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of tar as unknown as AsyncIterable<Uint8Array>) parts.push(part);
  return gzipSync(Buffer.concat(parts));
}

/** Code of fast registrations by URI, as an object store would have it. */
export class Archives {
  readonly #archives = new Map<string, Buffer>();

  /** The same files under a URI of their own each time. */
  async add(files: Readonly<Record<string, string>>): Promise<string> {
    const uri = `s3://code/${this.#archives.size}/fast.tar.gz`;
    this.#archives.set(uri, await archiveOf(files));
    return uri;
  }

  readonly fetchCode = async (uri: string): Promise<AsyncIterable<Uint8Array>> => {
    const bytes = this.#archives.get(uri);
    if (!bytes) throw new Error(`no ${uri}`);
    return (async function* () {
      yield bytes;
    })();
  };
}

/** One attempt of task `task` of module `module` in the archive at `uri`, without inputs; its outputs go to `out` below `directory`. */
export function taskSpec(
  directory: string,
  name: string,
  uri: string,
  task: string,
  more: Partial<ComputeSpec> & { module?: string } = {},
): ComputeSpec {
  const { module = "tasks", ...rest } = more;
  const out = join(directory, "out", name);
  mkdirSync(out, { recursive: true });
  const inputs = join(directory, "inputs.pb");
  writeFileSync(inputs, "");
  return shellSpec(name, "", {
    ...rest,
    env: {
      FLYTE_INTERNAL_EXECUTION_ID: "e1",
      FLYTE_INTERNAL_EXECUTION_PROJECT: "p",
      FLYTE_INTERNAL_EXECUTION_DOMAIN: "d",
      FLYTE_INTERNAL_TASK_PROJECT: "p",
      FLYTE_INTERNAL_TASK_DOMAIN: "d",
      FLYTE_INTERNAL_TASK_NAME: `${module}.${task}`,
      FLYTE_INTERNAL_TASK_VERSION: "v1",
      ...rest.env,
    },
    command: [
      "pyflyte-fast-execute",
      "--additional-distribution",
      uri,
      "--dest-dir",
      "/root",
      "--",
      "pyflyte-execute",
      "--inputs",
      inputs,
      "--output-prefix",
      out,
      "--raw-output-data-prefix",
      join(directory, "raw", name),
      "--resolver",
      "flytekit.core.python_auto_container.default_task_resolver",
      "--",
      "task-module",
      module,
      "task-name",
      task,
    ],
  });
}

const reader = `
import json, os, sys
from flyteidl.core import errors_pb2, literals_pb2
answer = {}
for name, kind in (("outputs.pb", literals_pb2.LiteralMap), ("error.pb", errors_pb2.ErrorDocument)):
    path = os.path.join(sys.argv[1], name)
    if os.path.exists(path):
        message = kind()
        message.ParseFromString(open(path, "rb").read())
        if name == "error.pb":
            message.error.ClearField("timestamp")
            answer["error"] = {"code": message.error.code, "message": message.error.message, "kind": message.error.kind, "origin": message.error.origin}
        else:
            value = message.literals["o0"].scalar.primitive
            answer["output"] = value.string_value or value.integer
answer["files"] = sorted(os.listdir(sys.argv[1]))
print(json.dumps(answer))
`;

/** What an attempt of taskSpec left, read by flytekit's own messages. */
export function left(directory: string, name: string): { output?: string | number; error?: Record<string, unknown>; files: string[] } {
  return JSON.parse(execFileSync(testPython, ["-c", reader, join(directory, "out", name)], { encoding: "utf8" })) as ReturnType<
    typeof left
  >;
}
