import type { OpenKubernetes } from "../compute/kubernetes/open-kubernetes.ts";
import { hasStatus } from "../idl/status.ts";
import { executionLabel } from "../plugins/machinery/attempt-labels.ts";
import type { LogLinkTemplate } from "../plugins/machinery/log-links.ts";
import { namespaceIn } from "../plugins/pod/labels.ts";
import { mainContainerOf } from "../plugins/pod/main-container.ts";
import type { PodConfig } from "../plugins/pod/pod-config.ts";
import { KubernetesError } from "../ports/kubernetes-api.ts";
import type { Pod } from "../ports/kubernetes-objects.ts";
import { containerBegins, hasBegun } from "./container-begins.ts";
import { isAttemptName, type LogSource, type OpenedLog } from "./log-source.ts";

/** The link to the log of a pod's main container, below the URL where `podLogs` are served; with a slash at its end. */
export function podLogLink(url: string): LogLinkTemplate {
  return { displayName: "Logs", templateUris: [`${url}{{ .executionProject }}/{{ .executionDomain }}/{{ .podName }}`] };
}

/**
 * The logs of pods that are attempts, by `<project>/<domain>/<name>`. The namespace follows from the first two, and the pod has to
 * be labelled as theirs: nobody reads another's pod through it.
 */
export function podLogs(kubernetes: Pick<OpenKubernetes, "pods" | "podLog">, config: PodConfig): LogSource {
  return {
    async open({ segments: [project = "", domain = "", name = "", ...rest], container: asked, follow, signal }) {
      const namespace = namespaceIn({ project, domain }, config);
      if (rest.length > 0 || ![project, domain, name].every(isAttemptName) || !isAttemptName(namespace)) {
        return { status: 404, why: "no such log" };
      }
      try {
        const pod = await kubernetes.pods.find(namespace, name);
        if (!pod || !isAttemptOf(pod, project, domain)) return { status: 410, why: goneText(name) };
        const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((one) => one.name);
        const container = asked ?? mainContainerOf(pod) ?? "";
        if (!all.includes(container)) return { status: 404, why: `pod ${name} has no container of that name; it has ${all.join(", ")}` };
        const request = { namespace, pod: name, container, follow, signal };
        if (hasBegun(pod, container)) return { pieces: await kubernetes.podLog(request) };
        if (!follow) return { status: 404, why: `container ${container} of pod ${name} has not begun` };
        return { pieces: fromItsBegin(kubernetes, request) };
      } catch (error) {
        return refusalOf(error, name);
      }
    },
  };
}

async function* fromItsBegin(
  kubernetes: Pick<OpenKubernetes, "pods" | "podLog">,
  request: Parameters<OpenKubernetes["podLog"]>[0],
): AsyncGenerator<Uint8Array, void, undefined> {
  if (await containerBegins(kubernetes.pods, request)) yield* await kubernetes.podLog(request);
}

function isAttemptOf({ metadata: { labels = {} } }: Pod, project: string, domain: string): boolean {
  return labels[executionLabel] !== undefined && labels["project"] === project && labels["domain"] === domain;
}

function goneText(name: string): string {
  return `pod ${name} is gone, and its log with it: it was deleted, as that of an attempt that fails or is aborted always is, or there never was one (what is to be read later, a log store has to collect: kubernetes.logs in the configuration links to it)`;
}

/** What the cluster says instead of a log; all else is thrown. */
function refusalOf(error: unknown, name: string): OpenedLog {
  if (hasStatus(error, "UNAVAILABLE")) return { status: 503, why: error.message };
  if (!(error instanceof KubernetesError)) throw error;
  if (error.status === 404) return { status: 410, why: goneText(name) };
  const hint = error.status === 403 ? "; propeller's role needs get of pods/log, as in manifests/base" : "";
  return { status: 502, why: `the cluster does not give the log of pod ${name}: ${error.message}${hint}` };
}
