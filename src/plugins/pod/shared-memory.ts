import type { flyteidl } from "../../idl/flyteidl.ts";
import type { PodSpec } from "../../ports/kubernetes-objects.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { badSpecification } from "./bad-specification.ts";

type SharedMemory = flyteidl.core.SharedMemory.$Properties;

/** A volume of memory in the main container. Throws a bad specification, with Flyte's texts (pod_helper.go ApplySharedMemory). */
export function withSharedMemory(spec: PodSpec, primary: string, memory: SharedMemory | null | undefined): PodSpec {
  if (memory == null) return spec;
  const { mountName: name, mountPath, sizeLimit } = memory;
  if (!name) throw badSpecification("mount name is not set");
  if (!mountPath) throw badSpecification("mount path is not set");
  const container = spec.containers.find((one) => one.name === primary);
  if (!container) throw badSpecification("Unable to find primary container");
  if (spec.volumes?.some((volume) => volume.name === name)) throw badSpecification(`A volume is already named ${name} in pod spec`);
  for (const mount of container.volumeMounts ?? []) {
    if (mount.name === name) throw badSpecification(`A volume is already named ${name} in container`);
    if (mount.mountPath === mountPath) throw badSpecification(`${mountPath} is already mounted in container`);
  }
  if (sizeLimit && parseQuantity(sizeLimit) === undefined) throw badSpecification(`Unable to parse size limit: ${sizeLimit}`);
  const mounted = { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name, mountPath }] };
  return {
    ...spec,
    volumes: [...(spec.volumes ?? []), { name, emptyDir: { medium: "Memory", ...(sizeLimit && { sizeLimit }) } }],
    containers: spec.containers.map((one) => (one === container ? mounted : one)),
  };
}
