import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { adminClient } from "../src/client/admin-client.ts";
import { connect } from "../src/client/connect.ts";
import { emptyHome } from "./home.js";
import { launchRequest, register, registerTask } from "./engine/workflows.js";

const port = 21300;
const wait = Number(process.env.FLYTE_BENCH_WAIT ?? 60_000);

/** What the sandbox's processes hold (PSS) at its start, and a minute after 100 executions of a task that is a process. */
export async function memory() {
  const home = emptyHome();
  try {
    home.flyte("sandbox", "start", "--port-base", String(port), "--quiet");
    const before = held(home.env.HOME);
    const client = connect({ endpoint: `127.0.0.1:${port + 80}`, insecure: true });
    const admin = adminClient(client);
    await registerTask(admin, "container");
    await register(admin, "one", 1, false);
    for (let index = 0; index < 100; index++) {
      await admin.createExecution(launchRequest("one", `e${index}`));
      for (;;) {
        const { closure } = await admin.getExecution({ id: { project: "flytesnacks", domain: "development", name: `e${index}` } });
        // It leaves no outputs: it fails, and has run all the same.
        if (closure.phase === 4 || closure.phase === 6) break;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    await client.close();
    await new Promise((resolve) => setTimeout(resolve, wait));
    const after = held(home.env.HOME);
    const row = (name, { daemon, others }) => [name, `${daemon.toFixed(0)} MB`, `others ${others.toFixed(0)} MB`, 1, "PSS of the daemon"];
    return [row("just started", before), row(`${wait / 1000} s after 100 executions`, after)];
  } finally {
    home.flyte("sandbox", "stop", "--delete-data");
    home.remove();
  }
}

/** Megabytes of the processes whose environment has this HOME: the daemon, and whatever else it has started. */
function held(home) {
  const sum = { daemon: 0, others: 0 };
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const directory = path.join("/proc", pid);
      if (!readFileSync(path.join(directory, "environ"), "utf8").split("\0").includes(`HOME=${home}`)) continue;
      const pss = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(path.join(directory, "smaps_rollup"), "utf8"))?.[1] ?? 0) / 1000;
      sum[readFileSync(path.join(directory, "cmdline"), "utf8").includes("flyte-daemon") ? "daemon" : "others"] += pss;
    } catch {
      // Ended in the meantime.
    }
  }
  return sum;
}
