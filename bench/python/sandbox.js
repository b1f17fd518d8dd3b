import path from "node:path";
import { testPython } from "../../scripts/test-python.js";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { adminClient } from "../../src/client/admin-client.ts";
import { connect } from "../../src/client/connect.ts";
import { launchRequest } from "../engine/workflows.js";
import { emptyHome } from "../home.js";

const scope = { project: "flytesnacks", domain: "development" };
const { NodeExecution, WorkflowExecution } = flyteidl.core;

/** A sandbox of the command line's own, on ports from `port` on, with the workflows of tasks.py registered by it. */
export function pythonSandbox(port, ...flags) {
  const interpreter = testPython();
  if (!interpreter) throw new Error("no Python that can have flytekit");
  const home = emptyHome();
  let client;
  let last = "";
  let launched = 0;
  const close = async () => {
    await client?.close();
    home.flyte("sandbox", "stop", "--delete-data");
    home.remove();
  };
  try {
    home.flyte("sandbox", "start", "--port-base", String(port), "--python", interpreter, "--quiet", ...flags);
    home.flyte("register", path.join(import.meta.dirname, "tasks.py"), "--python", interpreter, "--version", "v", "--sandbox", "--quiet");
    client = connect({ endpoint: `127.0.0.1:${port + 80}`, insecure: true });
  } catch (error) {
    void close();
    throw error;
  }
  const admin = adminClient(client);
  return {
    directory: home.env.HOME,
    /** From CreateExecution to SUCCEEDED, of which the watch tells. */
    async execute(workflow) {
      last = `${workflow}${launched++}`;
      await admin.createExecution(launchRequest(`tasks.${workflow}`, last));
      let end;
      for await (const { execution } of admin.watchExecution({ id: { ...scope, name: last } })) end = execution?.closure ?? end;
      if (end?.phase !== WorkflowExecution.Phase.SUCCEEDED) throw new Error(`${last}: ${JSON.stringify(end?.error)}`);
    },
    /** Reads the last execution back: its output, and as many nodes that succeeded. */
    async readBack(nodes) {
      const { fullOutputs } = await admin.getExecutionData({ id: { ...scope, name: last } });
      if (Number(fullOutputs.literals.o0?.scalar?.primitive?.integer) !== 1) throw new Error(`${last} has no outputs`);
      let rows = 0;
      let token = "";
      do {
        const page = await admin.listNodeExecutions({ workflowExecutionId: { ...scope, name: last }, limit: 500, token });
        for (const { closure } of page.nodeExecutions) if (closure.phase === NodeExecution.Phase.SUCCEEDED) rows++;
        token = page.token;
      } while (token);
      if (rows < nodes) throw new Error(`${rows} rows of ${nodes} nodes of ${last}`);
    },
    close,
  };
}
