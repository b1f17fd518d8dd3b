import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";

export interface WatchEvent<T extends KubernetesObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** etcd holds at most 1.5 MiB an object. */
const longestLine = 8 << 20;

/** The events of a watch: a line of JSON each. Rejects with KubernetesError for the server's own end of it, 410 above all. */
export async function* watchEvents<T extends KubernetesObject>(stream: AsyncIterable<Uint8Array>): AsyncGenerator<WatchEvent<T>> {
  let rest = Buffer.alloc(0);
  for await (const part of stream) {
    let from = 0;
    const bytes = rest.length === 0 ? Buffer.from(part) : Buffer.concat([rest, part]);
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      if (end > from) yield eventOf<T>(bytes.toString("utf8", from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > longestLine) throw new KubernetesError(500, "TooLarge", `an event of the watch is longer than ${longestLine} bytes`);
  }
}

function eventOf<T extends KubernetesObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { readonly type: WatchEvent<T>["type"] | "ERROR"; readonly object: T };
  if (event.type !== "ERROR") return { type: event.type, object: event.object };
  const status = event.object as { readonly code?: number; readonly reason?: string; readonly message?: string };
  throw new KubernetesError(status.code ?? 500, status.reason ?? "", status.message ?? "the watch ended with an error");
}
