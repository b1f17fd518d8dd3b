import os from "node:os";
import type { Answer } from "../answer.ts";
import type { DeploymentFlags } from "../deployment-flags.ts";
import { renderTable } from "../table.ts";
import { resolveSettings } from "./settings.ts";

/** All settings by flytectl's keys, with values and sources; null and "unset" for one that is not set. `warn` hears of misspelt keys. */
export async function configAnswer(flags: DeploymentFlags, warn: (line: string) => void): Promise<Answer> {
  const settings = await resolveSettings({ flags, environment: process.env, cwd: process.cwd(), home: os.homedir() });
  const { endpoint, insecure, insecureSkipVerify, caCertFilePath, project, domain } = settings;
  for (const line of settings.warnings) warn(line);
  const rows = [
    ["admin.endpoint", endpoint],
    ["admin.insecure", insecure],
    ["admin.insecureSkipVerify", insecureSkipVerify],
    ["admin.caCertFilePath", caCertFilePath],
    ["project", project],
    ["domain", domain],
  ] as const;
  const items = rows.map(([key, setting]) => ({ key, value: setting?.value ?? null, source: setting?.source ?? "unset" }));
  return {
    data: { items, nextToken: null },
    text: (width) =>
      renderTable(
        { columns: ["key", "value", "source"], rows: items.map(({ key, value, source }) => [key, String(value ?? ""), source]) },
        width,
      ),
  };
}
