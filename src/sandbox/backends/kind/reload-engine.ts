import type { Endpoints, Tell } from "../../sandbox-event.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { type SandboxRecord, writeRecord } from "../../sandbox-record.ts";
import { withStartLock } from "../../start-lock.ts";
import { mustBeOurs, withCluster } from "./cluster-client.ts";
import { installEngine } from "./install-engine.ts";
import { kindEndpoints } from "./kind-endpoints.ts";
import { imageInNode, loadImage } from "./load-image.ts";
import { runningNode } from "./running-node.ts";
import { provideImages } from "./sandbox-images.ts";
import { runStep } from "./sandbox-steps.ts";

export interface Reload {
  readonly record: SandboxRecord & Required<Pick<SandboxRecord, "kind">>;
  /** The engine's; the one it has, made anew, by default. */
  readonly engineImage: string | undefined;
  readonly timeoutMs: number;
}

/** Has the sandbox run another engine image, or the same name's newest, with its data kept; resolves when the new one answers. */
export async function reloadEngine({ record: kept, engineImage, timeoutMs }: Reload, tell: Tell, signal: AbortSignal): Promise<Endpoints> {
  const image = engineImage ?? kept.kind.engineImage;
  const record = { ...kept, kind: { ...kept.kind, engineImage: image, isUp: true } };
  const reload = async (): Promise<Endpoints> => {
    const { docker, node } = await runningNode(record);
    await withCluster(record.name, (client) => mustBeOurs(client, record.name, signal));
    const engineImageId = await runStep("load", tell, signal, async (progress) => {
      await provideImages(docker, [{ image, flag: "--engine-image", made: "flyte sandbox build-image" }], progress, signal);
      const isNew = await loadImage(docker, node, image, signal);
      return [(await imageInNode(node, image, signal)) ?? "", isNew ? `Loaded ${image}` : `The cluster has ${image}`];
    });
    await withCluster(record.name, (client) => installEngine(client, { record, engineImageId, timeoutMs, tell, signal }));
    await writeRecord(record);
    return kindEndpoints(record);
  };
  return withStartLock(reload, { file: sandboxPaths(record.name).lock, signal });
}
