import { flyteidl } from "../../../idl/flyteidl.ts";
import { StatusError } from "../../../idl/status.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import type { MatchableRow, MatchableScope } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { mergeExecutionConfig, systemExecutionConfig } from "../executions/execution-config.ts";
import { missingField } from "../refusals.ts";
import { textField } from "../reply.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { resourceTypeName, scopeOf } from "./matchable-resource.ts";
import type { MatchableResourceName } from "./matchable-resource.ts";
import { validateProjectExists } from "./validate-attributes-project.ts";

/**
 * GetProjectAttributes: what is kept for the project itself. The configuration of executions is told as it takes effect,
 * with the settings where the project leaves a field open, and is always there.
 */
export async function getProjectAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.ProjectAttributesGetRequest.$Properties,
): Promise<Uint8Array> {
  const project = request.project ?? "";
  await validateProjectExists(deps, project);
  const resourceType = resourceTypeName(request.resourceType);
  const row = await deps.state.read.matchables.get(resourceType, scopeOf(project));
  if (resourceType !== "WORKFLOW_EXECUTION_CONFIG") {
    const { attributes } = found(row, resourceType, scopeOf(project));
    return bytesField(1, concatBytes(textField(1, project), bytesField(2, attributes)));
  }
  const own = row && flyteidl.admin.MatchingAttributes.decode(row.attributes).workflowExecutionConfig;
  const workflowExecutionConfig = own ?? {};
  mergeExecutionConfig(workflowExecutionConfig, systemExecutionConfig(deps.settings));
  return flyteidl.admin.ProjectAttributesGetResponse.encode({
    attributes: { project, matchingAttributes: { workflowExecutionConfig } },
  }).finish();
}

/** GetProjectDomainAttributes: the most specific of the project's and the domain's. */
export async function getProjectDomainAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.ProjectDomainAttributesGetRequest.$Properties,
): Promise<Uint8Array> {
  const scope = scopeOf(request.project ?? "", request.domain ?? "");
  await validateProjectAndDomain(deps, scope.project, scope.domain);
  const row = await match(deps, resourceTypeName(request.resourceType), scope);
  return bytesField(1, concatBytes(textField(1, row.project), textField(2, row.domain), bytesField(3, row.attributes)));
}

/** GetWorkflowAttributes: the most specific of the project's, the domain's and the workflow's. */
export async function getWorkflowAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowAttributesGetRequest.$Properties,
): Promise<Uint8Array> {
  const scope = scopeOf(request.project ?? "", request.domain ?? "", request.workflow ?? "");
  await validateProjectAndDomain(deps, scope.project, scope.domain);
  if (scope.workflow === "") throw missingField("name");
  const row = await match(deps, resourceTypeName(request.resourceType), scope);
  const names = [textField(1, row.project), textField(2, row.domain), textField(3, row.workflow)];
  return bytesField(1, concatBytes(...names, bytesField(4, row.attributes)));
}

/** ListMatchableAttributes: all of a kind, the most specific first. */
export async function listMatchableAttributes(
  deps: AdminDeps,
  request: flyteidl.admin.ListMatchableAttributesRequest.$Properties,
): Promise<Uint8Array> {
  const rows = await deps.state.read.matchables.list(resourceTypeName(request.resourceType));
  const configurations = rows.map(({ attributes, project, domain, workflow, launchPlan }) =>
    concatBytes(bytesField(1, attributes), textField(2, domain), textField(3, project), textField(4, workflow), textField(5, launchPlan)),
  );
  return concatBytes(new Uint8Array(), ...configurations.map((configuration) => bytesField(1, configuration)));
}

async function match(deps: AdminDeps, resourceType: MatchableResourceName, scope: MatchableScope): Promise<MatchableRow> {
  const rows = await deps.state.read.matchables.match(scope);
  return found(
    rows.find((row) => row.resourceType === resourceType),
    resourceType,
    scope,
  );
}

function found(row: MatchableRow | undefined, resourceType: string, scope: MatchableScope): MatchableRow {
  if (row) return row;
  const { project, domain, workflow, launchPlan } = scope;
  const text = `Project:${project} Domain:${domain} Workflow:${workflow} LaunchPlan:${launchPlan} ResourceType:${resourceType}`;
  throw new StatusError("NOT_FOUND", `Resource [{${text}}] not found`);
}
