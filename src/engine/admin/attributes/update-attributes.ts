import type { flyteidl } from "../../../idl/flyteidl.ts";
import { subMessage } from "../../../idl/wire.ts";
import type { MatchableScope } from "../../../ports/state-store.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { resourceTypeOf, scopeOf } from "./matchable-resource.ts";
import { mergePluginOverrides } from "./merge-plugin-overrides.ts";
import { validateProjectForUpdate } from "./validate-attributes-project.ts";
import { validateMatchingAttributes } from "./validate-matching-attributes.ts";

/** UpdateProjectAttributes: for all domains of a project. */
export async function updateProjectAttributes(
  deps: AdminDeps,
  { attributes }: flyteidl.admin.ProjectAttributesUpdateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  if (attributes == null) throw missingField("attributes");
  const project = attributes.project ?? "";
  await validateProjectForUpdate(deps, project);
  return await put(deps, scopeOf(project), attributes.matchingAttributes, subMessage(context.requestBytes, [1, 2]));
}

/** UpdateProjectDomainAttributes. */
export async function updateProjectDomainAttributes(
  deps: AdminDeps,
  { attributes }: flyteidl.admin.ProjectDomainAttributesUpdateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  if (attributes == null) throw missingField("attributes");
  const { project, domain } = scopeOf(attributes.project ?? "", attributes.domain ?? "");
  await validateProjectAndDomain(deps, project, domain);
  return await put(deps, scopeOf(project, domain), attributes.matchingAttributes, subMessage(context.requestBytes, [1, 3]));
}

/** UpdateWorkflowAttributes: of all versions of a workflow, which need not be registered yet. */
export async function updateWorkflowAttributes(
  deps: AdminDeps,
  { attributes }: flyteidl.admin.WorkflowAttributesUpdateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  if (attributes == null) throw missingField("attributes");
  const { project, domain, workflow } = scopeOf(attributes.project ?? "", attributes.domain ?? "", attributes.workflow ?? "");
  await validateProjectAndDomain(deps, project, domain);
  if (workflow === "") throw missingField("name");
  return await put(deps, scopeOf(project, domain, workflow), attributes.matchingAttributes, subMessage(context.requestBytes, [1, 4]));
}

/** Replaces what is at a scope; only plugin overrides are merged with it (Flyte: admin's resource manager). */
async function put(
  deps: AdminDeps,
  scope: MatchableScope,
  attributes: flyteidl.admin.MatchingAttributes.$Properties | null | undefined,
  received: Uint8Array | undefined,
): Promise<Uint8Array> {
  const resourceType = resourceTypeOf(attributes, [scope.project, scope.domain, scope.workflow].filter((part) => part !== "").join("-"));
  if (attributes == null || received === undefined) throw missingField("matching_attributes");
  validateMatchingAttributes(attributes);
  await deps.state.write(async (writer) => {
    const before = resourceType === "PLUGIN_OVERRIDE" ? await writer.matchables.lock(resourceType, scope) : undefined;
    const bytes = before ? mergePluginOverrides(before.attributes, attributes) : received;
    await writer.matchables.put({ ...scope, resourceType, attributes: bytes });
  });
  return emptyReply;
}
