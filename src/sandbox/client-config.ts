import { writePrivateFile } from "./private-file.ts";
import type { Endpoints } from "./sandbox-event.ts";

/** Writes the configuration that flytectl, pyflyte and our own commands read (mode 0600: it holds the store's keys). */
export async function writeClientConfig(endpoints: Endpoints): Promise<void> {
  const { blob } = endpoints;
  const text = [
    `# Written by \`flyte sandbox start\` for the sandbox "${endpoints.name}"; changes are lost at its next start.`,
    "admin:",
    `  endpoint: dns:///${endpoints.admin}`,
    "  insecure: true",
    "console:",
    `  endpoint: http://${endpoints.admin}`,
    "storage:",
    "  type: minio",
    `  container: ${blob.bucket}`,
    "  connection:",
    `    endpoint: ${blob.endpoint}`,
    "    auth-type: accesskey",
    `    access-key: ${blob.accessKey}`,
    `    secret-key: ${blob.secretKey}`,
    "    disable-ssl: true",
    "",
  ].join("\n");
  await writePrivateFile(endpoints.config, text);
}
