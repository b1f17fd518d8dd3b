import type { AdminClient } from "../client/admin-client.ts";
import { loadPaths } from "./load-paths.ts";
import type { Code, LoadRequest, LoadTools, Scope } from "./load-paths.ts";
import { plannedEntities, registerEntities } from "./register-entities.ts";
import type { RegisteredEntity } from "./register-entities.ts";

export interface RegisterRequest extends LoadRequest {
  readonly dryRun: boolean;
  readonly activateAll: boolean;
}

export interface RegisterTools extends Pick<LoadTools, "progress" | "onPythonOutput" | "environment" | "signal"> {
  readonly admin: AdminClient;
  /** Puts code where tasks can read it and returns its URI. */
  readonly uploadCode: (code: Code) => Promise<string>;
  /** Throws when the deployment has no such project or domain. */
  readonly checkScope: (scope: Scope) => Promise<void>;
}

export interface RegisterResult {
  readonly items: readonly RegisteredEntity[];
  /** Of what was serialised now, or filled into packages. */
  readonly version: string | null;
}

/**
 * Registers all that lies at the paths. Everything is read, loaded and checked before the first call; then code is uploaded
 * and the entities are sent. Registering the same again changes nothing. A refused entity is in the items, not thrown.
 */
export async function register(request: RegisterRequest, tools: RegisterTools): Promise<RegisterResult> {
  const { entities, version } = await loadPaths(request, {
    ...tools,
    checkScopes: async (scopes) => {
      if (!request.dryRun) for (const scope of scopes) await tools.checkScope(scope);
    },
    placeCode: async (code) => {
      if (request.dryRun) return `s3://not-uploaded-in-a-dry-run/${code.name}`;
      tools.progress(`uploading ${code.name} (${Math.ceil(code.bytes.length / 1024)} KiB)`);
      return tools.uploadCode(code);
    },
  });
  if (request.dryRun) return { items: plannedEntities(entities, request.activateAll), version };
  tools.progress(`registering ${entities.length} entities`);
  const items = await registerEntities(tools.admin, entities, {
    activateAll: request.activateAll,
    ...(tools.signal ? { signal: tools.signal } : {}),
  });
  return { items, version };
}
