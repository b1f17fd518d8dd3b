import type { Endpoints } from "./sandbox-event.ts";
import type { SandboxStatus } from "./sandbox-status.ts";

/** What a person needs of a running sandbox. */
export function endpointsText(endpoints: Endpoints): string {
  return rows([
    ["admin", endpoints.admin],
    ["console", endpoints.console],
    ["object store", `${endpoints.blob.endpoint} (${endpoints.blob.accessKey} / ${endpoints.blob.secretKey})`],
    ...(endpoints.postgres === undefined
      ? []
      : [
          [
            "postgres",
            `${endpoints.postgres.endpoint}/${endpoints.postgres.database} (${endpoints.postgres.user} / ${endpoints.postgres.password})`,
          ] as const,
        ]),
    ...(endpoints.registry === undefined ? [] : [["registry", `docker push ${endpoints.registry}/NAME:TAG`] as const]),
    ["data", endpoints.dataDir],
    ...(endpoints.docker === undefined
      ? []
      : [["tasks", `containers of Docker ${endpoints.docker.version ?? ""} at ${endpoints.docker.address}`] as const]),
    ...(endpoints.database === undefined ? [] : [["database", endpoints.database] as const]),
    ...(endpoints.kubeconfig === undefined ? [] : [["kubernetes", `export KUBECONFIG=${endpoints.kubeconfig}`] as const]),
    ["config", `export FLYTECTL_CONFIG=${endpoints.config}`],
  ]);
}

export function statusText(status: SandboxStatus): string {
  const head: [string, string][] = [
    ["sandbox", `${status.name}: ${status.state}${status.version === null ? "" : `, version ${status.version}`}`],
  ];
  const python: [string, string][] =
    status.python === null
      ? []
      : [
          [
            "python",
            status.python.interpreter === null
              ? "none: tasks cannot run"
              : `${status.python.interpreter} (${status.python.flytekit === null ? "no flytekit: Python tasks cannot run" : `flytekit ${status.python.flytekit}`})`,
          ],
        ];
  return (
    rows(head) +
    (status.endpoints ? endpointsText(status.endpoints) : rows([["data", status.dataDir]])) +
    rows(python) +
    (status.note === undefined ? "" : rows([["note", status.note]]))
  );
}

/** Where to see the sandboxes that were not asked for; empty for none. */
export function othersText(names: readonly string[]): string {
  return names.length === 0 ? "" : rows([["others", `${names.join(", ")} (all of them: flyte sandbox status --all)`]]);
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}\n`).join("");
}
