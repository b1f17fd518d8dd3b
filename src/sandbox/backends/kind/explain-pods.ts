import type { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import type { KubernetesObject } from "../../../ports/kubernetes-objects.ts";

const lastLines = 10;
const mostEvents = 10;
const idleMs = 5_000;

interface Pod extends KubernetesObject {
  readonly spec: {
    readonly initContainers?: readonly { readonly name: string }[];
    readonly containers: readonly { readonly name: string }[];
  };
}

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly name?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

/** The last lines of the containers of a deployment's pods, and the warnings about them; what cannot be had is left out. */
export async function explainPods(client: KubernetesClient, namespace: string, name: string): Promise<string> {
  const base = `/api/v1/namespaces/${namespace}`;
  const signal = AbortSignal.timeout(2 * idleMs);
  const list = async <T>(path: string, query: Readonly<Record<string, string>>): Promise<readonly T[]> => {
    try {
      return ((await client.call("GET", path, { query, signal })) as { readonly items: readonly T[] }).items;
    } catch {
      return [];
    }
  };
  const [pods, events] = await Promise.all([
    list<Pod>(`${base}/pods`, { labelSelector: `app.kubernetes.io/name=${name}` }),
    list<Event>(`${base}/events`, {}),
  ]);
  const parts: string[] = [];
  for (const { metadata, spec } of pods) {
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
      const log = await logOf(client, `${base}/pods/${metadata.name ?? ""}/log`, container.name, signal);
      if (log !== "") parts.push(`last lines of ${metadata.name}, container ${container.name}:\n${indented(log)}`);
    }
  }
  const names = new Set(pods.map(({ metadata }) => metadata.name));
  const told = events
    .filter(
      ({ type, involvedObject }) => type === "Warning" && (names.has(involvedObject?.name) || involvedObject?.name?.startsWith(`${name}-`)),
    )
    .toSorted((one, two) => timeOf(one).localeCompare(timeOf(two)))
    .slice(-mostEvents)
    .map(({ reason = "", message = "" }) => `${reason}: ${message}`);
  if (told.length > 0) parts.push(`events:\n${indented([...new Set(told)].join("\n"))}`);
  return parts.map((part) => `${part}\n`).join("");
}

/** Of the running container, or of the one before it that ended. */
async function logOf(client: KubernetesClient, path: string, container: string, signal: AbortSignal): Promise<string> {
  for (const previous of ["false", "true"]) {
    try {
      const parts: Uint8Array[] = [];
      const query = { container, tailLines: String(lastLines), limitBytes: String(64 << 10), previous };
      for await (const part of await client.stream(path, query, idleMs, signal)) parts.push(part);
      const text = Buffer.concat(parts).toString("utf8").trimEnd();
      if (text !== "") return text;
    } catch {
      // It has not begun, or its log is gone.
    }
  }
  return "";
}

const timeOf = ({ lastTimestamp, eventTime }: Event): string => lastTimestamp ?? eventTime ?? "";
const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
