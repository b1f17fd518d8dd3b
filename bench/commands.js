import { writeFileSync } from "node:fs";
import path from "node:path";
import { adminClient } from "../src/client/admin-client.ts";
import { connect } from "../src/client/connect.ts";
import { registerTask } from "./engine/workflows.js";
import { emptyHome } from "./home.js";
import { interleaved, rows, run } from "./measure.js";

const dist = path.join(import.meta.dirname, "../dist/cli");
const bundles = path.join(import.meta.dirname, "../bin/load-bundle.js");

/** Whole commands against a running sandbox, and what of flyteidl they load on its own. */
export async function commands() {
  const home = emptyHome();
  // What `get execution` asks for, over a program that imports nothing.
  const nothing = path.join(home.env.HOME, "nothing.mjs");
  const idl = path.join(home.env.HOME, "idl.mjs");
  writeFileSync(nothing, `await import(${JSON.stringify(bundles)});\n`);
  writeFileSync(
    idl,
    `const { loadBundle } = await import(${JSON.stringify(bundles)});
const { exports, keep } = loadBundle(new URL(${JSON.stringify(`file://${dist}/idl.cjs`)}), "bench");
const { flyteidl } = exports["./src/idl/gen/flyteidl-client.js"];
flyteidl.admin.ExecutionList.decode(flyteidl.admin.ExecutionList.encode({ executions: [{ spec: {}, closure: {} }] }).finish());
process.once("exit", keep);\n`,
  );
  try {
    home.flyte("sandbox", "start", "--port-base", "21300", "--quiet");
    await registerTask(adminClient(connect({ endpoint: "127.0.0.1:21380", insecure: true })));
    const ofIdl = [
      { name: "an empty module", run: () => run(process.execPath, [nothing], home.env) },
      { name: "flyteidl for the command line", run: () => run(process.execPath, [idl], home.env) },
    ];
    const wanted = [
      { name: "--version", run: () => home.flyte("--version") },
      { name: "get project", run: () => home.flyte("get", "project", "--sandbox") },
      { name: "get execution", run: () => home.flyte("get", "execution", "--sandbox") },
      { name: "cache list", run: () => home.flyte("cache", "list", "--sandbox") },
      { name: "launch", run: () => home.flyte("launch", "tsk:flytesnacks:development:noop:v", "--input", "x=1", "--sandbox") },
    ];
    // The first run of each command keeps what V8 compiled for it.
    for (const { run: first } of [...wanted, ...ofIdl]) first();
    const times = await interleaved(21, [{ name: "node -e 0", run: home.floor }, ...wanted, ...ofIdl]);
    return [...rows(times, "node -e 0").slice(0, -1), rows(times, "an empty module").at(-1)];
  } finally {
    home.flyte("sandbox", "stop", "--delete-data");
    home.remove();
  }
}
