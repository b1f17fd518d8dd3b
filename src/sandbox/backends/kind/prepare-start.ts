import { existsSync } from "node:fs";
import path from "node:path";
import { FlyteError } from "../../../std/errors.ts";
import { daemonVersion } from "../../daemon-version.ts";
import { choosePortBlock, type NeededPorts, portBlock } from "../../port-block.ts";
import { checkDataDirectory } from "../../preflight.ts";
import { writePrivateFile } from "../../private-file.ts";
import type { Tell } from "../../sandbox-event.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import type { SandboxPlan } from "../../sandbox-plan.ts";
import { listRecords, readRecord, type SandboxRecord, writeRecord } from "../../sandbox-record.ts";
import { withStartLock } from "../../start-lock.ts";
import { type ClusterNode, findNode, nodePortBase } from "./cluster-node.ts";
import { kindEndpoints } from "./kind-endpoints.ts";
import { describeMachine, type KindMachine, openMachine } from "./kind-machine.ts";
import { kindSettings } from "./kind-settings.ts";

/** What a start goes out from. */
export interface Prepared {
  readonly machine: KindMachine;
  /** The cluster's node, where there is one already. */
  readonly node: ClusterNode | undefined;
  /** What the sandbox was before. */
  readonly kept: SandboxRecord | undefined;
  /** What it will be; written down, so that whatever is made can be found and removed. */
  readonly record: SandboxRecord & Required<Pick<SandboxRecord, "kind">>;
  readonly hadData: boolean;
  /** What the running engine says it is; undefined when none answers. */
  readonly version: string | undefined;
}

const kindPorts: NeededPorts = ({ admin, adminAlternative, blob, postgres }) => [admin, adminAlternative, blob, postgres];
const withRegistry: NeededPorts = (block) => [...kindPorts(block), block.registry];

/** Looks at the machine, takes ports and writes down what is about to be made. */
export async function prepareStart(plan: SandboxPlan, tell: Tell, signal: AbortSignal): Promise<readonly [Prepared, string]> {
  if (plan.plugins !== undefined) {
    throw new FlyteError({
      code: "PLUGIN_NOT_ON_KIND",
      blame: "usage",
      message: "--plugin names modules of this machine, which the engine's pod on kind does not see",
      hint: "use --backend embedded, or install the module in an engine image of your own and name it under plugins.modules for `flyte serve`",
    });
  }
  const kept = await readRecord(plan.name);
  const paths = sandboxPaths(plan.name);
  const dataDir = path.resolve(plan.dataDir ?? kept?.dataDir ?? paths.data);
  const machine = await openMachine(process.env);
  const described = await describeMachine(machine, tell);
  const node = await findNode(machine.docker, plan.name, dataDir);
  const hadData = existsSync(dataDir);
  await checkDataDirectory(dataDir);
  const base = { name: plan.name, backend: "kind", dataDir, ephemeral: plan.ephemeral || (kept?.ephemeral ?? false) } as const;
  const settings = kindSettings(plan, kept, node !== undefined);
  if (node?.isRunning) {
    const portBase = kept?.portBase ?? (await nodePortBase(machine.docker, node));
    const record = { ...base, portBase, kind: settings };
    checkPorts(plan, record);
    const version = await daemonVersion(kindEndpoints(record).admin);
    return [{ machine, node, kept, record, hadData, version }, described];
  }
  const needed = settings.registryImage === undefined ? kindPorts : withRegistry;
  const record = await withStartLock(
    async () => {
      const block = await choosePortBlock(plan.name, plan.portBase, await listRecords(), needed);
      const claimed = { ...base, portBase: block.base, kind: settings };
      await writeRecord(claimed);
      return claimed;
    },
    { signal },
  );
  // The next start knows the directory by it.
  await writePrivateFile(path.join(dataDir, "flyte-kind.json"), `${JSON.stringify({ sandbox: plan.name })}\n`);
  const ports = `ports ${needed(portBlock(record.portBase)).join(", ")} are free`;
  return [{ machine, node, kept, record, hadData, version: undefined }, `${described}; ${ports}`];
}

function checkPorts({ name, portBase: asked }: SandboxPlan, { portBase }: SandboxRecord): void {
  if (asked === undefined || asked === portBase) return;
  const named = name === "flyte" ? "" : ` --name ${name}`;
  throw new FlyteError({
    code: "SANDBOX_PORTS_FIXED",
    blame: "usage",
    message: `"${name}" runs already, on localhost:${portBlock(portBase).admin}, which is not what --port-base ${asked} gives`,
    hint: `move it with: flyte sandbox stop${named} && flyte sandbox start${named} --port-base ${asked}`,
    details: { name, portBase: asked },
  });
}
