import type { SandboxBackend } from "./backends/sandbox-backend.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** The backend that a sandbox is on; each is loaded only where it is needed. */
export async function backendOf({ backend }: Pick<SandboxRecord, "backend">): Promise<SandboxBackend> {
  switch (backend) {
    case "embedded":
      return (await import("./backends/embedded.ts")).embeddedBackend;
    case "kind":
      return (await import("./backends/kind/kind-backend.ts")).kindBackend;
  }
}
