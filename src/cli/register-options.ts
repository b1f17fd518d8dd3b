import type { RegisterOptions } from "../authoring/register-paths.ts";
import { checkScope } from "./check-scope.ts";
import type { Deployment } from "./deployment.ts";
import { keyValues } from "./launch/key-values.ts";
import { uploadContent } from "./transfer/upload-content.ts";

export interface RegisterFlags {
  readonly version?: string | undefined;
  readonly python?: string | undefined;
  readonly image?: readonly string[] | undefined;
  readonly copy: "auto" | "all" | "none";
  readonly "destination-dir": string;
  readonly env?: readonly string[] | undefined;
  readonly "service-account"?: string | undefined;
  readonly "raw-data-prefix"?: string | undefined;
  readonly "activate-launch-plans": boolean;
  readonly "dry-run": boolean;
}

/** What flags mean for a registration with this deployment. FlyteError for an --env that is no pair. */
export function registerOptions(
  { admin, project, domain }: Deployment,
  flags: RegisterFlags,
  tools: { readonly progress: (line: string) => void; readonly signal: AbortSignal },
): RegisterOptions {
  return {
    ...tools,
    project,
    domain,
    version: flags.version,
    python: flags.python,
    images: flags.image ?? [],
    copy: flags.copy,
    destinationDir: flags["destination-dir"],
    env: keyValues(flags.env, "--env"),
    serviceAccount: flags["service-account"],
    rawDataPrefix: flags["raw-data-prefix"],
    activateAll: flags["activate-launch-plans"],
    dryRun: flags["dry-run"],
    environment: process.env,
    checkScope: (scope) => checkScope(admin, scope),
    uploadCode: ({ name, bytes }) => uploadContent(admin, { project, domain, filename: name }, bytes, tools.signal),
  };
}
