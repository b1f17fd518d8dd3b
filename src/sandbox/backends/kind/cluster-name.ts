/** The kind cluster of a sandbox: `flyte`, `flyte-two`. At most 46 characters, of the 50 that kind takes. */
export function clusterName(sandbox: string): string {
  return sandbox === "flyte" ? sandbox : `flyte-${sandbox}`;
}

export const sandboxLabel = "flyte.dev/sandbox";

/** What Docker's and Kubernetes' objects of ours carry, by which they are found and by which nothing else is touched. */
export function sandboxLabels(sandbox: string): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/managed-by": "flyte", [sandboxLabel]: sandbox };
}
