import { expect, test } from "vitest";
import { kubeConnection } from "../../src/compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../src/compute/kubernetes/kubernetes-client.ts";
import { mustBeOurs, waitForApiServer } from "../../src/sandbox/backends/kind/cluster-client.ts";
import { TestApiServer } from "../support/api-server.ts";

const { signal } = new AbortController();

test("only a cluster whose node is labelled as the sandbox's is taken for its own", async () => {
  await using server = await TestApiServer.start();
  const clientOf = async (kubeconfig: string): Promise<KubernetesClient> => new KubernetesClient(await kubeConnection(kubeconfig));
  const client = await clientOf(server.kubeconfig());
  const stranger = await clientOf(server.kubeconfig(undefined, "a token that it does not know"));
  const foreign = { code: "SANDBOX_KUBECONFIG_FOREIGN", message: expect.stringContaining('lead to the cluster of "mine"') as string };
  try {
    const labels = { "flyte.dev/sandbox": "another" };
    await server.call("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: "n", labels } });
    await expect(mustBeOurs(client, "mine", signal)).rejects.toMatchObject(foreign);
    await expect(waitForApiServer(client, "mine", 60_000, signal)).rejects.toMatchObject(foreign);
    await expect(mustBeOurs(stranger, "another", signal)).rejects.toMatchObject({ code: "SANDBOX_KUBECONFIG_FOREIGN" });
    await mustBeOurs(client, "another", signal);
    await server.down();
    await expect(waitForApiServer(client, "another", 300, signal)).rejects.toMatchObject({
      code: "SANDBOX_NOT_READY",
      message: expect.stringMatching(/^the cluster's API server does not answer within 0 s: .*ECONNREFUSED/) as string,
    });
  } finally {
    await client.close();
    await stranger.close();
  }
});
