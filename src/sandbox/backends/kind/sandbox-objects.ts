import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { KubernetesObject } from "../../../ports/kubernetes-objects.ts";
import { buildKustomization } from "../../manifests/build-kustomization.ts";
import { packageRoot } from "../../package-files.ts";
import type { PortBlock } from "../../port-block.ts";
import { sandboxLabels } from "./cluster-name.ts";
import { imageReference } from "./image-reference.ts";

export interface ObjectsShape {
  readonly sandbox: string;
  readonly ports: PortBlock;
  readonly engineImage: string;
  readonly engineImageId: string;
  readonly postgresImage: string;
  readonly minioImage: string;
  readonly registryImage?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is applied to the cluster: manifests/overlays/sandbox, or sandbox-registry, with this sandbox's images, ports and labels. */
export async function sandboxObjects(shape: ObjectsShape): Promise<readonly KubernetesObject[]> {
  const overlays = path.join(packageRoot(), "manifests/overlays");
  const config = engineConfig(await readFile(path.join(overlays, "sandbox/flyte.yaml"), "utf8"), shape);
  const { registryImage } = shape;
  const image = (name: string, reference: string) => ({ name, ...imageReference(reference) });
  return buildKustomization(path.join(overlays, registryImage === undefined ? "sandbox" : "sandbox-registry"), {
    images: [
      image("flyte-engine", shape.engineImage),
      image("postgres", shape.postgresImage),
      image("minio/minio", shape.minioImage),
      ...(registryImage === undefined ? [] : [image("registry", registryImage)]),
    ],
    labels: [{ pairs: sandboxLabels(shape.sandbox), includeTemplates: true }],
    configMapGenerator: [{ name: "flyte", namespace: "flyte", behavior: "merge", literals: [`flyte.yaml=${config}`] }],
    // Another image under the same name is a reason to begin anew.
    patches: [annotated(shape.engineImageId)],
  });
}

function annotated(id: string): { readonly patch: string } {
  const template = { metadata: { annotations: { "flyte.dev/image": id } } };
  const metadata = { name: "flyte", namespace: "flyte" };
  return { patch: stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } }) };
}

/** The engine's configuration with this sandbox's addresses; images that were loaded are not looked for in a registry. */
export function engineConfig(text: string, { sandbox, ports }: Pick<ObjectsShape, "sandbox" | "ports">): string {
  const config = fieldsOf(parse(text));
  const kubernetes = fieldsOf(config["kubernetes"]);
  const pods = fieldsOf(kubernetes["pods"]);
  return stringify({
    ...config,
    name: sandbox,
    publicUrl: `http://localhost:${ports.admin}`,
    objects: { ...fieldsOf(config["objects"]), clientEndpoint: `http://localhost:${ports.blob}` },
    kubernetes: {
      ...kubernetes,
      pods: {
        imagePullPolicy: "IfNotPresent",
        ...pods,
        defaultLabels: { ...fieldsOf(pods["defaultLabels"]), ...sandboxLabels(sandbox) },
      },
    },
  });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
