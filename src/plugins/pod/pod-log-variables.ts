import type { Pod } from "../../ports/kubernetes-objects.ts";
import type { LogVariables } from "../machinery/log-links.ts";

/** What log links can name of a pod. Its first container is meant, whose id has lost its scheme, as in log streams. */
export function podLogVariables(pod: Pod, now: number): LogVariables {
  const { metadata, spec, status } = pod;
  const started = Date.parse(metadata.creationTimestamp ?? "");
  const times = Number.isNaN(started)
    ? {}
    : {
        podRFC3339StartTime: rfc3339(started),
        podRFC3339FinishTime: rfc3339(now),
        podUnixStartTime: String(Math.floor(started / 1000)),
        podUnixFinishTime: String(Math.floor(now / 1000)),
      };
  const name = spec.containers[0]?.name;
  const id = status?.containerStatuses?.find((one) => one.name === name)?.containerID;
  return {
    podName: metadata.name,
    podUID: metadata.uid,
    namespace: metadata.namespace,
    containerName: name,
    containerID: id?.replace(/^[^:]*:\/\//, ""),
    hostname: spec.hostname,
    nodeName: spec.nodeName,
    ...times,
  };
}

function rfc3339(time: number): string {
  return new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
