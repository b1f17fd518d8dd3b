import { expect, test } from "vitest";
import { parse } from "yaml";
import { portBlock } from "../../port-block.ts";
import { clusterConfig } from "./cluster-config.ts";

const shape = { sandbox: "two", dataDir: "/home/me/data", ports: portBlock(31_000), mounts: ["/srv/models"], hasRegistry: false };
const port = (hostPort: number, containerPort: number) => ({ hostPort, containerPort, listenAddress: "127.0.0.1", protocol: "TCP" });
const ours = {
  labels: { "flyte.dev/sandbox": "two" },
  extraMounts: [
    { hostPath: "/home/me/data", containerPath: "/var/lib/flyte" },
    { hostPath: "/srv/models", containerPath: "/srv/models" },
  ],
  extraPortMappings: [port(31_080, 30_080), port(31_081, 30_080), port(31_002, 30_002), port(31_001, 30_001)],
};

/** What a configuration patches, the patches themselves read. */
function patched(text: string): unknown {
  const { kubeadmConfigPatches: patches, ...rest } = parse(text) as { kubeadmConfigPatches: string[] };
  return { ...rest, patches: patches.map((patch) => parse(patch) as unknown) };
}
const alone = { "leader-elect": "false" };
const eager = { "kube-api-qps": "500", "kube-api-burst": "1000" };
const proxy = { kind: "KubeProxyConfiguration", iptables: { minSyncPeriod: "100ms" } };
const patches = [
  { kind: "ClusterConfiguration", controllerManager: { extraArgs: { ...eager, ...alone } }, scheduler: { extraArgs: alone } },
  proxy,
];

test("one node with the ports on loopback, the data directory and the mounts", () => {
  expect(patched(clusterConfig(shape))).toEqual({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    patches,
    nodes: [{ role: "control-plane", ...ours }],
  });
});

test("a user's own configuration is kept, and its first control plane gets ours besides", () => {
  const text = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking: { podSubnet: 10.9.0.0/16 }
kubeadmConfigPatches: ["kind: InitConfiguration"]
nodes:
- role: worker
- role: control-plane
  labels: { tier: a }
  extraPortMappings: [{ containerPort: 443, hostPort: 8443 }]
`;
  expect(patched(clusterConfig({ ...shape, own: { file: "kind.yaml", text } }))).toEqual({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    patches: [...patches, { kind: "InitConfiguration" }],
    networking: { podSubnet: "10.9.0.0/16" },
    nodes: [
      { role: "worker" },
      {
        role: "control-plane",
        ...ours,
        labels: { tier: "a", "flyte.dev/sandbox": "two" },
        extraPortMappings: [{ containerPort: 443, hostPort: 8443 }, ...ours.extraPortMappings],
      },
    ],
  });
});

test("with a registry its port is mapped, and containerd reads what is said of registries", () => {
  const own = { file: "kind.yaml", text: 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\ncontainerdConfigPatches: ["theirs = 1"]\n' };
  const made = parse(clusterConfig({ ...shape, hasRegistry: true, own })) as {
    containerdConfigPatches: string[];
    nodes: { extraPortMappings: object[] }[];
  };
  expect(made.containerdConfigPatches).toEqual([
    '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
    "theirs = 1",
  ]);
  expect(made.nodes[0]?.extraPortMappings).toEqual([...ours.extraPortMappings, port(31_000, 5_000)]);
});

test("of several control planes one leads", () => {
  const text = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{ role: control-plane }, { role: control-plane }]\n";
  expect(patched(clusterConfig({ ...shape, own: { file: "kind.yaml", text } }))).toMatchObject({
    patches: [{ kind: "ClusterConfiguration", controllerManager: { extraArgs: eager } }, proxy],
  });
  expect(clusterConfig({ ...shape, own: { file: "kind.yaml", text } })).not.toContain("leader-elect");
});

const head = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
test.for([
  ["[", /^kind\.yaml is no configuration of a kind cluster: .*/],
  ["- a", /it is no mapping$/],
  ["kind: Config", /it has no `kind: Cluster`$/],
  ["kind: Cluster\napiVersion: v1", /its apiVersion is "v1", not kind\.x-k8s\.io\/v1alpha4$/],
  [`${head}name: other`, /it names the cluster, which the sandbox's name does \(--name\)$/],
] as const)("%j is refused", ([text, message]) => {
  expect(() => clusterConfig({ ...shape, own: { file: "kind.yaml", text } })).toThrowError(
    expect.objectContaining({ code: "SANDBOX_KIND_CONFIG_INVALID", message: expect.stringMatching(message) }),
  );
});
