import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import { messageHash } from "../../../idl/object-hash.ts";
import { StatusError } from "../../../idl/status.ts";
import type { TaskTemplate } from "../../../idl/types.ts";
import { bytesField, concatBytes, sameBytes, subMessage } from "../../../idl/wire.ts";
import type { TaskRow } from "../../../ports/state-store.ts";
import { compileTask } from "../../../compiler/compile-task.ts";
import type { CallContext } from "../../service.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { scopeOf } from "../attributes/matchable-resource.ts";
import { platformResources } from "../attributes/matching-attributes.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { emptyReply, timeField } from "../reply.ts";
import { validIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { differenceText } from "./difference-text.ts";
import { descriptionOf, insertDescription } from "./insert-description.ts";
import { existingVersion, insertVersion } from "./insert-version.ts";
import { validateTaskResources } from "./task-resources.ts";
import { templateBytesWithId } from "./template-bytes.ts";

/**
 * CreateTask. The template is kept as the bytes that came. ALREADY_EXISTS for the same task under the same id,
 * INVALID_ARGUMENT with the differences for another one.
 */
export async function createTask(
  deps: AdminDeps,
  request: flyteidl.admin.TaskCreateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "TASK");
  await validateProjectAndDomain(deps, id.project, id.domain);
  const received = subMessage(context.requestBytes, [2, 1]);
  if (request.spec?.template == null || received === undefined) throw missingField("spec");
  const bytes = templateBytesWithId(received, identifierOf("TASK", id), request.spec.template.id);
  const template = flyteidl.core.TaskTemplate.decode(bytes);
  validateTemplate(template);
  const resources = template.container?.resources;
  // Only requests are compared with the platform's limits.
  const platform = resources?.requests?.length
    ? await platformResources(deps, scopeOf(id.project, id.domain))
    : deps.settings.taskResources;
  validateTaskResources(resources, platform);

  const compiled = compileTask(template);
  if ("errors" in compiled) throw invalidArgument(String(compiled.errors));
  const digest = messageHash("flyteidl.core.CompiledTask", compiled.task);
  const createdAt = rowTimeOf(deps.clock.now());
  const closure = concatBytes(bytesField(1, bytesField(1, bytes)), timeField(2, createdAt));
  const description = descriptionOf(subMessage(context.requestBytes, [2, 2]));
  const { shortDescription } = description;
  const inserted = await insertVersion(
    deps.state,
    (writer) => writer.tasks.insert({ ...id, createdAt, type: template.type ?? "", digest, closure, shortDescription }),
    (writer) => insertDescription(writer, "TASK", id, description, createdAt),
  );
  if (!inserted) throw refusal(await existingVersion(deps.state.read.tasks, id), digest, compiled.task, id);
  return emptyReply;
}

function validateTemplate(template: TaskTemplate): void {
  if (!template.type) throw missingField("type");
  if (template.metadata == null) throw missingField("metadata");
  if (template.metadata.runtime != null && !template.metadata.runtime.version) throw missingField("runtime version");
  if (template.interface == null) throw missingField("typed interface");
  if (template.k8sPod != null && template.k8sPod.podSpec == null) throw missingField("k8s pod spec");
}

function refusal(existing: TaskRow, digest: Uint8Array, task: flyteidl.core.CompiledTask.$Properties, id: EntityId): StatusError {
  if (sameBytes(existing.digest, digest)) return new StatusError("ALREADY_EXISTS", "task with identical structure already exists");
  const before = flyteidl.admin.TaskClosure.decode(existing.closure).compiledTask ?? {};
  const differences = differenceText("flyteidl.core.CompiledTask", before, task);
  return invalidArgument(
    `${id.name} task with different structure already exists. (Please register a new version of the task):\n${differences}`,
  );
}
