import { applyObjects } from "../../../compute/kubernetes/apply-objects.ts";
import type { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { systemClock } from "../../../std/clock.ts";
import { waitForVersion } from "../../daemon-version.ts";
import { portBlock } from "../../port-block.ts";
import type { Tell } from "../../sandbox-event.ts";
import { sandboxLabel } from "./cluster-name.ts";
import { kindEndpoints } from "./kind-endpoints.ts";
import type { Prepared } from "./prepare-start.ts";
import { runStep } from "./sandbox-steps.ts";
import { sandboxObjects } from "./sandbox-objects.ts";
import { waitForDeployment } from "./wait-for-deployment.ts";

export interface Installation {
  readonly record: Prepared["record"];
  readonly engineImageId: string;
  /** Why there is no registry, where there was to be one. */
  readonly noRegistry?: string;
  /** For each deployment, and for the engine's first answer. */
  readonly timeoutMs: number;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** Applies the manifests and waits until Postgres, MinIO and the engine run and the engine answers this machine; its version. */
export async function installEngine(client: KubernetesClient, installation: Installation): Promise<void> {
  const { record, engineImageId, noRegistry, timeoutMs, tell, signal } = installation;
  const { engineImage, postgresImage, minioImage, registryImage } = record.kind;
  const owner = { label: sandboxLabel, value: record.name };
  const images = { engineImage, engineImageId, postgresImage, minioImage, ...(registryImage !== undefined && { registryImage }) };
  const shape = { sandbox: record.name, ports: portBlock(record.portBase), ...images };
  const objects = await sandboxObjects(shape);
  const ready = (name: string): Promise<void> => waitForDeployment(client, objects, name, { owner, timeoutMs, signal });
  await runStep("postgres", tell, signal, async () => {
    // What an earlier version of the package has applied, and this one does not, goes.
    await applyObjects(client, objects, { owner, prune: true, clock: systemClock, signal });
    await ready("postgres");
    return [undefined, `Postgres runs on localhost:${portBlock(record.portBase).postgres}`];
  });
  await runStep("minio", tell, signal, async () => {
    await ready("minio");
    return [undefined, `MinIO runs on localhost:${portBlock(record.portBase).blob}`];
  });
  await runStep("registry", tell, signal, async () => {
    if (registryImage === undefined) return [undefined, noRegistry ?? "It has none"];
    await ready("registry");
    return [undefined, `The registry takes docker push localhost:${portBlock(record.portBase).registry}/NAME:TAG`];
  });
  await runStep("engine", tell, signal, async () => {
    await ready("flyte");
    return [undefined, `The engine runs (${engineImage})`];
  });
  await runStep("ready", tell, signal, async () => {
    const { admin } = kindEndpoints(record);
    await waitForVersion(admin, timeoutMs);
    return [undefined, `The engine serves on ${admin}`];
  });
}
