import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { MatchableScope } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { resourceTypeName, scopeOf } from "./matchable-resource.ts";
import { validateProjectForUpdate } from "./validate-attributes-project.ts";

// What is not there is deleted, too, as in Flyte; what is more specific than the scope stays, unlike there.

/** DeleteProjectAttributes. */
export async function deleteProjectAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.ProjectAttributesDeleteRequest.$Properties,
): Promise<Uint8Array> {
  const project = request.project ?? "";
  await validateProjectForUpdate(deps, project);
  return await remove(deps, request.resourceType, scopeOf(project));
}

/** DeleteProjectDomainAttributes. */
export async function deleteProjectDomainAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.ProjectDomainAttributesDeleteRequest.$Properties,
): Promise<Uint8Array> {
  const scope = scopeOf(request.project ?? "", request.domain ?? "");
  await validateProjectAndDomain(deps, scope.project, scope.domain);
  return await remove(deps, request.resourceType, scope);
}

/** DeleteWorkflowAttributes. */
export async function deleteWorkflowAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowAttributesDeleteRequest.$Properties,
): Promise<Uint8Array> {
  const scope = scopeOf(request.project ?? "", request.domain ?? "", request.workflow ?? "");
  await validateProjectAndDomain(deps, scope.project, scope.domain);
  if (scope.workflow === "") throw missingField("name");
  return await remove(deps, request.resourceType, scope);
}

async function remove(deps: AdminDeps, type: number | null | undefined, scope: MatchableScope): Promise<Uint8Array> {
  const resourceType = resourceTypeName(type);
  await deps.state.write((writer) => writer.matchables.delete(resourceType, scope));
  return emptyReply;
}
