import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { KindCluster } from "../support/kind-cluster.ts";

const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");

test("a cluster comes up, runs a pod that resolves names and reaches the API server, and leaves nothing", async () => {
  const name = `flyte-test-${process.pid}`;
  const cluster = await KindCluster.create(name);
  const docker = async (...args: readonly string[]): Promise<readonly string[]> => {
    // After the cluster its directory is gone, and with it what `call` runs in.
    const { execFileSync } = await import("node:child_process");
    return lines(execFileSync("docker", args, { encoding: "utf8", env: { ...process.env, DOCKER_HOST: cluster.environment.dockerHost } }));
  };
  const containers = (): Promise<readonly string[]> => docker("ps", "--all", "--quiet", "--filter", `label=io.x-k8s.kind.cluster=${name}`);
  let volumes: readonly string[];
  try {
    expect(readFileSync(cluster.kubeconfig, "utf8")).toContain(`kind-${name}`);
    const image = cluster.environment.postgresImage;
    await cluster.load(image);
    const script = [
      "getent hosts kubernetes.default.svc.cluster.local",
      "bash -c '</dev/tcp/kubernetes.default/443 && echo the API server answers'",
    ].join(" && ");
    await cluster.kubectl(
      "run",
      "hello",
      `--image=${image}`,
      "--restart=Never",
      "--image-pull-policy=Never",
      "--command",
      "--",
      "sh",
      "-c",
      script,
    );
    await cluster.kubectl("wait", "pod/hello", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
    const log = await cluster.kubectl("logs", "hello");
    expect(log).toMatch(/^10[.]96[.]0[.]1\s+kubernetes[.]default[.]svc[.]cluster[.]local\s/);
    expect(log).toContain("the API server answers");

    const nodes = await containers();
    expect(nodes).toHaveLength(1);
    volumes = lines((await docker("inspect", "--format", '{{range .Mounts}}{{.Name}}{{"\\n"}}{{end}}', ...nodes)).join("\n"));
    expect(volumes.length).toBeGreaterThan(0);
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
  expect(await containers()).toEqual([]);
  expect((await docker("volume", "ls", "--quiet")).filter((volume) => volumes.includes(volume))).toEqual([]);
  expect((await docker("network", "ls", "--format", "{{.Name}}")).filter((network) => network === name)).toEqual([]);
  expect(existsSync(cluster.kubeconfig)).toBe(false);
});
