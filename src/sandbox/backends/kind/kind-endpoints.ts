import { portBlock } from "../../port-block.ts";
import type { Endpoints } from "../../sandbox-event.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import type { SandboxRecord } from "../../sandbox-record.ts";

/** Where a sandbox on kind is reached: as every sandbox, and at its Postgres and its cluster besides. */
export function kindEndpoints({ name, portBase, dataDir, kind }: Pick<SandboxRecord, "name" | "portBase" | "dataDir" | "kind">): Endpoints {
  const ports = portBlock(portBase);
  const admin = `localhost:${ports.admin}`;
  const paths = sandboxPaths(name);
  return {
    name,
    backend: "kind",
    admin,
    console: `http://${admin}/console`,
    blob: { endpoint: `http://localhost:${ports.blob}`, accessKey: "minio", secretKey: "miniostorage", bucket: "my-s3-bucket" },
    postgres: { endpoint: `localhost:${ports.postgres}`, user: "postgres", password: "postgres", database: "flyte" },
    ...(kind?.registryImage !== undefined && { registry: `localhost:${ports.registry}` }),
    dataDir,
    config: paths.config,
    kubeconfig: paths.kubeconfig,
  };
}
