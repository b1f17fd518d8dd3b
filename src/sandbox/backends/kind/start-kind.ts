import { rm } from "node:fs/promises";
import type Docker from "dockerode";
import { writeClientConfig } from "../../client-config.ts";
import { makeSandboxDirectory } from "../../preflight.ts";
import type { Endpoints, Tell } from "../../sandbox-event.ts";
import { portBlock } from "../../port-block.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import type { SandboxPlan } from "../../sandbox-plan.ts";
import { readRecord, writeRecord } from "../../sandbox-record.ts";
import { withStartLock } from "../../start-lock.ts";
import { withCluster } from "./cluster-client.ts";
import { configureRegistry } from "./configure-registry.ts";
import { installEngine } from "./install-engine.ts";
import { kindEndpoints } from "./kind-endpoints.ts";
import { awaitContainerd, imageInNode, loadImage } from "./load-image.ts";
import { type Prepared, prepareStart } from "./prepare-start.ts";
import { mustBeMadeAnew, type NodeOrigin, provideNode } from "./provide-node.ts";
import { repairKubeconfig } from "./repair-kubeconfig.ts";
import { type MissingImage, type NeededImage, provideImages } from "./sandbox-images.ts";
import { kindSteps, runStep } from "./sandbox-steps.ts";
import { undoStart } from "./undo-start.ts";
import { whileNodeRuns } from "./while-node-runs.ts";

/** Brings a sandbox up on a kind cluster of its own, or finds it up. One start of a name at a time; a second one finds the first's. */
export async function startKind(plan: SandboxPlan, tell: Tell, signal: AbortSignal): Promise<Endpoints> {
  const { root, lock } = sandboxPaths(plan.name);
  const isNew = (await readRecord(plan.name)) === undefined;
  await makeSandboxDirectory(root);
  tell({ type: "steps", steps: kindSteps });
  // As long as the other may take.
  const longestWaitMs = kindSteps.length * plan.kind.timeoutMs;
  return withStartLock(() => bringUp(plan, tell, signal, isNew), { file: lock, longestWaitMs, signal });
}

async function bringUp(plan: SandboxPlan, tell: Tell, signal: AbortSignal, isNew: boolean): Promise<Endpoints> {
  let prepared: Prepared | undefined;
  let origin: NodeOrigin | undefined;
  try {
    prepared = await runStep("preflight", tell, signal, () => prepareStart(plan, tell, signal));
    const { version } = prepared;
    if (version !== undefined) return await alreadyRunning(plan, prepared, version, tell);
    const record = await bringUpCluster(plan, prepared, (made) => (origin = made), tell, signal);
    await writeRecord({ ...record, kind: { ...record.kind, isUp: true } });
    const endpoints = kindEndpoints(record);
    await writeClientConfig(endpoints);
    return endpoints;
  } catch (error) {
    if (plan.kind.retain) {
      const { kubeconfig } = sandboxPaths(plan.name);
      tell({
        type: "warning",
        message: `What was made is kept (--retain): export KUBECONFIG=${kubeconfig}; remove it with: flyte sandbox stop${named(plan.name)} --delete-data`,
      });
    } else if (prepared) {
      if (origin !== undefined) tell({ type: "step", step: "undo", status: "running", message: "Removing what this start has made" });
      await undoStart(prepared, origin, tell);
    } else if (isNew) await rm(sandboxPaths(plan.name).root, { recursive: true, force: true });
    throw error;
  }
}

/** What it has become: a registry that cannot be had is left out. */
async function bringUpCluster(
  plan: SandboxPlan,
  asked: Prepared,
  began: (origin: NodeOrigin) => void,
  tell: Tell,
  signal: AbortSignal,
): Promise<Prepared["record"]> {
  const { docker } = asked.machine;
  const { engineImage, postgresImage, minioImage, nodeImage, registryImage } = asked.record.kind;
  const registry = registryImage === undefined ? [] : [{ image: registryImage, flag: "--registry-image" }];
  const required: readonly NeededImage[] = [
    { image: engineImage, flag: "--engine-image", made: "flyte sandbox build-image" },
    { image: postgresImage, flag: "--postgres-image" },
    { image: minioImage, flag: "--minio-image" },
  ];
  const provide = (needed: readonly NeededImage[]): Promise<readonly MissingImage[]> =>
    runStep("images", tell, signal, async (progress) => {
      const absent = await provideImages(docker, needed, progress, signal);
      const found = needed.map(({ image }) => image).filter((image) => absent.every((one) => one.image !== image));
      return [absent, needed.length === 0 ? "The cluster has all images" : `Found ${found.join(", ")}`];
    });
  const isNew = mustBeMadeAnew(asked);
  const isOptional = plan.kind.registryImage === undefined;
  const [absent] = isNew
    ? await provide([
        ...(nodeImage === undefined ? [] : [{ image: nodeImage, flag: "--image" }]),
        ...required,
        ...registry.map((needed) => ({ ...needed, isOptional })),
      ])
    : [];
  const prepared = absent === undefined ? asked : withoutRegistry(asked);
  const { record } = prepared;
  const images = absent === undefined ? [...required, ...registry] : required;
  const loadAll = async (into: Docker.Container, needed: readonly NeededImage[]): Promise<void> => {
    await Promise.all(needed.map(({ image }) => loadImage(docker, into, image, signal)));
  };
  // Beside the cluster's own beginning, which waits more than it works.
  let early: Promise<boolean> | undefined;
  const onNode = (into: Docker.Container): void => {
    early = awaitContainerd(into, signal)
      .then(() => loadAll(into, images))
      .then(
        () => true,
        () => false,
      );
  };
  const node = await runStep("cluster", tell, signal, (progress) =>
    provideNode(prepared, { began, onNode }, progress, plan.kind.timeoutMs, signal),
  );
  const container = docker.getContainer(node.id);
  return whileNodeRuns(container, signal, async (running) => {
    const missing = isNew ? images : await notInNode(container, images, running);
    if (!isNew) await provide(missing);
    const engineImageId = await runStep("load", tell, running, async () => {
      if ((await early) !== true) await loadAll(container, missing);
      if (isNew && record.kind.registryImage !== undefined)
        await configureRegistry(container, portBlock(record.portBase).registry, running);
      const id = (await imageInNode(container, engineImage, running)) ?? "";
      return [id, missing.length === 0 ? "The cluster has all images" : `Loaded ${missing.map(({ image }) => image).join(", ")}`];
    });
    const noRegistry = absent && { noRegistry: `Left out: ${absent.image} is not here, and ${absent.why.split("\n", 1)[0]}` };
    const installation = { record, engineImageId, ...noRegistry, timeoutMs: plan.kind.timeoutMs, tell, signal: running };
    await withCluster(record.name, (client) => installEngine(client, installation));
    return record;
  });
}

function withoutRegistry(prepared: Prepared): Prepared {
  const { registryImage: _, ...kind } = prepared.record.kind;
  return { ...prepared, record: { ...prepared.record, kind } };
}

async function notInNode(node: Docker.Container, images: readonly NeededImage[], signal: AbortSignal): Promise<readonly NeededImage[]> {
  const found = await Promise.all(images.map(({ image }) => imageInNode(node, image, signal)));
  return images.filter((_, index) => found[index] === undefined);
}

async function alreadyRunning(plan: SandboxPlan, { machine, record, kept }: Prepared, version: string, tell: Tell): Promise<Endpoints> {
  const endpoints = kindEndpoints(record);
  if (await repairKubeconfig(machine, record.name)) {
    tell({ type: "warning", message: `${endpoints.kubeconfig} did not lead to the cluster any more and is written anew` });
  }
  const last = kept?.kind ?? record.kind;
  await writeRecord({ ...record, kind: { ...last, isUp: true } });
  await writeClientConfig(endpoints);
  tell({ type: "step", step: "ready", status: "done", message: `Already running on ${endpoints.admin}` });
  if (version !== plan.version) {
    tell({
      type: "warning",
      message: `The running engine is version ${version}, this command is ${plan.version}: run flyte sandbox build-image and flyte sandbox reload${named(plan.name)} to change over; data is kept`,
    });
  }
  const { engineImage, image } = plan.kind;
  if (engineImage !== undefined && engineImage !== last.engineImage) {
    tell({
      type: "warning",
      message: `It runs ${last.engineImage}: change over with flyte sandbox reload${named(plan.name)} --engine-image ${engineImage}`,
    });
  }
  if (image !== undefined && image !== last.nodeImage) {
    tell({
      type: "warning",
      message: `Its node is ${last.nodeImage ?? "of kind's default image"}: stop it and start it again to have ${image}; data is kept`,
    });
  }
  return endpoints;
}

const named = (name: string): string => (name === "flyte" ? "" : ` --name ${name}`);
