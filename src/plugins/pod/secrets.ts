import { flyteidl } from "../../idl/flyteidl.ts";
import { base32 } from "../../idl/names.ts";
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from "../../ports/kubernetes-objects.ts";
import { badSpecification } from "./bad-specification.ts";

type Secret = flyteidl.core.Secret.$Properties;

/** Where flytekit looks for secrets as files. */
const directory = "/etc/flyte/secrets";
const variablePrefix = "_FSEC_";

/**
 * Gives all containers the secrets a task asks for, from the Kubernetes secret that is named as the group: as variables, or
 * (also where the task does not care) as files, under the names flytekit looks for. What a container has already under such a
 * name stays. A secret that is absent is the task's to miss. Throws a bad specification for one without group or key.
 * Flyte: webhook/k8s_secrets.go.
 */
export function withSecrets(spec: PodSpec, secrets: readonly Secret[]): PodSpec {
  return secrets.reduce(withSecret, spec);
}

function withSecret(spec: PodSpec, secret: Secret): PodSpec {
  const { group, key, envVar } = secret;
  if (!group || !key)
    throw badSpecification(`a secret needs a group and a key here; this one has group [${group ?? ""}] and key [${key ?? ""}]`);
  if (secret.mountRequirement === flyteidl.core.Secret.MountType.ENV_VAR) {
    const valueFrom = { secretKeyRef: { name: group, key, optional: true } };
    const names = [`${variablePrefix}${group}_${key}`.toUpperCase(), ...(envVar ? [envVar] : [])];
    return given(spec, [...names.map((name) => ({ name, valueFrom })), { name: "FLYTE_SECRETS_ENV_PREFIX", value: variablePrefix }]);
  }
  const item = { key, path: key.toLowerCase() };
  const name = base32(`${group}_${secret.groupVersion ?? ""}`);
  const mountPath = `${directory}/${group.toLowerCase()}`;
  const variables = [
    { name: "FLYTE_SECRETS_DEFAULT_DIR", value: directory },
    { name: "FLYTE_SECRETS_FILE_PREFIX", value: "" },
    ...(envVar ? [{ name: envVar, value: `${mountPath}/${item.path}` }] : []),
  ];
  const volumes = withItem(spec.volumes ?? [], name, group, item);
  const volume = volumes.find((one) => one.secret?.secretName === group);
  return given({ ...spec, volumes }, variables, { name: volume?.name ?? name, readOnly: true, mountPath });
}

/** Keys of one group share a volume. */
function withItem(
  volumes: readonly Volume[],
  name: string,
  group: string,
  item: { readonly key: string; readonly path: string },
): Volume[] {
  const there = volumes.find((volume) => volume.secret?.secretName === group);
  if (!there?.secret) return [...volumes, { name, secret: { secretName: group, items: [item], optional: true } }];
  const { secret } = there;
  // Without items a volume holds all keys already.
  if (secret.items === undefined || secret.items.some((one) => one.path === item.path)) return [...volumes];
  const grown = { ...there, secret: { ...secret, items: [...secret.items, item] } };
  return volumes.map((volume) => (volume === there ? grown : volume));
}

function given(spec: PodSpec, variables: readonly EnvVar[], mount?: VolumeMount): PodSpec {
  const one = (container: Container): Container => {
    const env = [...(container.env ?? [])];
    for (const variable of variables) if (!env.some(({ name }) => name === variable.name)) env.push(variable);
    const mounts = container.volumeMounts ?? [];
    const add = mount !== undefined && !mounts.some(({ name }) => name === mount.name);
    return { ...container, env, ...(add && { volumeMounts: [...mounts, mount] }) };
  };
  return {
    ...spec,
    containers: spec.containers.map(one),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(one) }),
  };
}
