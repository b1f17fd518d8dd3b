import { parse, stringify } from "yaml";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import { sandboxLabel } from "./cluster-name.ts";
import type { PortBlock } from "../../port-block.ts";

/** The node's directory whose `postgres` and `minio` hold the data; the sandbox's data directory is mounted there. */
export const nodeDataDirectory = "/var/lib/flyte";

/** Port of the node that its registry has. */
export const registryPort = 5_000;

/** Ports of the node: what the services of manifests/overlays/sandbox have. */
export const nodePorts = { admin: 30_080, blob: 30_002, postgres: 30_001 };

export interface ClusterShape {
  readonly sandbox: string;
  readonly dataDir: string;
  readonly ports: PortBlock;
  /** Whether it gets a registry of images. */
  readonly hasRegistry: boolean;
  /** Directories of this machine, seen by the node under the same path. */
  readonly mounts: readonly string[];
  /** A kind configuration of the user's: ours is added to it. */
  readonly own?: { readonly file: string; readonly text: string };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The configuration of `kind create cluster`, as YAML: the ports on loopback, the data directory, the label of ours. A user's
 * own is kept, and its first control-plane node gets ours besides. SANDBOX_KIND_CONFIG_INVALID when it is none.
 */
export function clusterConfig(shape: ClusterShape): string {
  const own = shape.own === undefined ? {} : ownConfig(shape.own.text, shape.own.file);
  const nodes = listOf(own["nodes"]);
  const controlPlanes = nodes.filter(isControlPlane).length;
  const first = Math.max(0, nodes.findIndex(isControlPlane));
  const ours = withOurs(nodes[first] ?? { role: "control-plane" }, shape);
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    ...own,
    ...(shape.hasRegistry && { containerdConfigPatches: [registries, ...listOfTexts(own["containerdConfigPatches"])] }),
    kubeadmConfigPatches: [...hastened(controlPlanes > 1), ...listOfTexts(own["kubeadmConfigPatches"])],
    nodes: nodes.length === 0 ? [ours] : nodes.with(first, ours),
  });
}

/**
 * The controllers of a cluster that begins ask far more in a moment than they may by default, and wait for seconds, of which each
 * pod of ours would wait too; and where there is only one of each, it need not wait for an office that nobody else wants. Services
 * follow their pods at once, not within a second. kind takes the form of an older kubeadm for newer ones.
 */
function hastened(areSeveral: boolean): readonly string[] {
  const alone = areSeveral ? {} : { "leader-elect": "false" };
  const cluster = {
    kind: "ClusterConfiguration",
    controllerManager: { extraArgs: { "kube-api-qps": "500", "kube-api-burst": "1000", ...alone } },
    ...(areSeveral ? {} : { scheduler: { extraArgs: alone } }),
  };
  const proxy = { kind: "KubeProxyConfiguration", iptables: { minSyncPeriod: "100ms" } };
  return [stringify(cluster), stringify(proxy)];
}

/** Where containerd looks for what is said about a registry, in node images that do not say so themselves. */
const registries = `[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
`;

const isControlPlane = ({ role }: Fields): boolean => role === undefined || role === "control-plane";

function withOurs(node: Fields, { sandbox, dataDir, ports, mounts, hasRegistry }: ClusterShape): Fields {
  const port = (hostPort: number, containerPort: number): Fields => ({
    hostPort,
    containerPort,
    listenAddress: "127.0.0.1",
    protocol: "TCP",
  });
  return {
    ...node,
    // A kubelet may not label itself with names below kubernetes.io.
    labels: { ...fieldsOf(node["labels"]), [sandboxLabel]: sandbox },
    extraMounts: [
      ...listOf(node["extraMounts"]),
      { hostPath: dataDir, containerPath: nodeDataDirectory },
      ...mounts.map((directory) => ({ hostPath: directory, containerPath: directory })),
    ],
    extraPortMappings: [
      ...listOf(node["extraPortMappings"]),
      port(ports.admin, nodePorts.admin),
      port(ports.adminAlternative, nodePorts.admin),
      port(ports.blob, nodePorts.blob),
      port(ports.postgres, nodePorts.postgres),
      ...(hasRegistry ? [port(ports.registry, registryPort)] : []),
    ],
  };
}

function ownConfig(text: string, file: string): Fields {
  const invalid = (why: string): FlyteError =>
    new FlyteError({
      code: "SANDBOX_KIND_CONFIG_INVALID",
      blame: "usage",
      message: `${file} is no configuration of a kind cluster: ${why}`,
      hint: "see https://kind.sigs.k8s.io/docs/user/configuration: it begins with `kind: Cluster` and `apiVersion: kind.x-k8s.io/v1alpha4`",
      details: { file },
    });
  let own: unknown;
  try {
    own = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw invalid(messageOf(error));
  }
  if (typeof own !== "object" || own === null || Array.isArray(own)) throw invalid("it is no mapping");
  const { kind, apiVersion, name } = own as Fields;
  if (kind !== "Cluster") throw invalid("it has no `kind: Cluster`");
  if (apiVersion !== "kind.x-k8s.io/v1alpha4") throw invalid(`its apiVersion is ${JSON.stringify(apiVersion)}, not kind.x-k8s.io/v1alpha4`);
  if (name !== undefined) throw invalid("it names the cluster, which the sandbox's name does (--name)");
  return own as Fields;
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function listOfTexts(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
