import { compileWorkflow } from "../../../compiler/compile-workflow.ts";
import { requirements } from "../../../compiler/requirements.ts";
import type { LaunchPlanInterface } from "../../../compiler/workflow-scope.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { entityIdOf, identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import { messageHash } from "../../../idl/object-hash.ts";
import { StatusError, hasStatus } from "../../../idl/status.ts";
import type { StatusDetail } from "../../../idl/status.ts";
import { identifierText } from "../../../idl/type-text.ts";
import type { CompiledTask, CompiledWorkflowClosure, Identifier, WorkflowTemplate } from "../../../idl/types.ts";
import { sameBytes, subMessage } from "../../../idl/wire.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { LaunchPlanRow, WorkflowRow } from "../../../ports/state-store.ts";
import type { CallContext } from "../../service.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing, largestClosure } from "../entities/get-entity.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { differenceText } from "./difference-text.ts";
import { launchPlanTypesOf } from "./launch-plan-types.ts";
import { unbuiltNodes } from "./unbuilt-nodes.ts";
import { descriptionOf, insertDescription } from "./insert-description.ts";
import type { Description } from "./insert-description.ts";
import { existingVersion, insertVersion } from "./insert-version.ts";

/** CreateWorkflow. */
export async function createWorkflow(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowCreateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "WORKFLOW");
  await validateProjectAndDomain(deps, id.project, id.domain);
  if (request.spec?.template == null) throw missingField("spec");
  const { template, subWorkflows } = request.spec;
  const most = deps.settings.maxWorkflowNodes;
  const nodes = template.nodes?.length ?? 0;
  if (most > 0 && nodes > most) throw invalidArgument(`number of nodes in workflow exceeds limit (${nodes} > ${most})`);
  await registerWorkflow(deps, id, template, subWorkflows ?? [], descriptionOf(subMessage(context.requestBytes, [2, 3])));
  return emptyReply;
}

/**
 * Compiles a workflow and keeps its closure in the object store, the row after it. ALREADY_EXISTS for the same structure
 * under the same id, INVALID_ARGUMENT for another one (both with a CreateWorkflowFailureReason) and for what does not
 * compile, also for want of a task or launch plan it refers to.
 */
export async function registerWorkflow(
  deps: AdminDeps,
  id: EntityId,
  template: WorkflowTemplate,
  subWorkflows: readonly WorkflowTemplate[],
  description: Description,
): Promise<void> {
  template.id = identifierOf("WORKFLOW", id);
  const closure = await compile(deps, template, subWorkflows);
  const digest = messageHash("flyteidl.core.CompiledWorkflowClosure", closure);
  const existing = await deps.state.read.workflows.get(id);
  if (existing) throw await refusal(deps, existing, digest, closure);

  const uri = await keepClosure(deps, id, flyteidl.core.CompiledWorkflowClosure.encode(closure).finish(), digest);
  const typedInterface = flyteidl.core.TypedInterface.encode(closure.primary?.template?.interface ?? {}).finish();
  const createdAt = rowTimeOf(deps.clock.now());
  const { shortDescription } = description;
  const inserted = await insertVersion(
    deps.state,
    (writer) => writer.workflows.insert({ ...id, createdAt, digest, typedInterface, remoteClosureIdentifier: uri, shortDescription }),
    (writer) => insertDescription(writer, "WORKFLOW", id, description, createdAt),
  );
  if (!inserted) throw await refusal(deps, await existingVersion(deps.state.read.workflows, id), digest, closure);
}

/**
 * Puts a closure where Flyte keeps it, and never over another one: an id whose slashes make the same path, or one that is
 * registered under the same id at this moment, has its own beside it. Returns the URI.
 */
async function keepClosure(deps: AdminDeps, id: EntityId, closure: Uint8Array, digest: Uint8Array): Promise<string> {
  const uri = `${deps.settings.container}/metadata/admin/${id.project}/${id.domain}/${id.name}/${id.version}`;
  try {
    await deps.blobs.put(uri, closure, { ifAbsent: true });
    return uri;
  } catch (thrown) {
    if (!hasStatus(thrown, "FAILED_PRECONDITION")) throw thrown;
  }
  const beside = `${uri}/${Buffer.from(digest).toString("hex")}`;
  await deps.blobs.put(beside, closure);
  return beside;
}

async function compile(
  deps: AdminDeps,
  template: WorkflowTemplate,
  subWorkflows: readonly WorkflowTemplate[],
): Promise<CompiledWorkflowClosure> {
  const fail = (why: string): StatusError =>
    invalidArgument(`failed to compile workflow for [${identifierText(template.id)}] with err: ${why}`);
  const needed = requirements(template, subWorkflows);
  const tasks = await Promise.all(needed.tasks.map((id) => loadTask(deps, id)));
  const launchPlans = await Promise.all(needed.launchPlans.map((id) => deps.state.read.launchPlans.get(entityIdOf(id))));
  const missing = needed.tasks.find((_, index) => tasks[index] === undefined);
  if (missing) throw fail(entityMissing("TASK", entityIdOf(missing)).message);
  const missingPlan = needed.launchPlans.find((_, index) => launchPlans[index] === undefined);
  if (missingPlan) throw fail(entityMissing("LAUNCH_PLAN", entityIdOf(missingPlan)).message);

  const compiled = compileWorkflow({
    primary: template,
    subWorkflows,
    tasks: tasks.filter((task) => task !== undefined),
    launchPlans: launchPlans.filter((row) => row !== undefined).map(launchPlanInterfaceOf),
  });
  if ("errors" in compiled) throw fail(String(compiled.errors));
  const unbuilt = unbuiltNodes(compiled.closure);
  if (unbuilt.any) throw fail(String(unbuilt));
  return compiled.closure;
}

function launchPlanInterfaceOf(row: LaunchPlanRow): LaunchPlanInterface {
  return { id: identifierOf("LAUNCH_PLAN", row), ...launchPlanTypesOf(row) };
}

async function loadTask(deps: AdminDeps, id: Identifier): Promise<CompiledTask | undefined> {
  const row = await deps.state.read.tasks.get(entityIdOf(id));
  return row && (flyteidl.admin.TaskClosure.decode(row.closure).compiledTask ?? {});
}

async function refusal(deps: AdminDeps, existing: WorkflowRow, digest: Uint8Array, closure: CompiledWorkflowClosure): Promise<StatusError> {
  const id = identifierOf("WORKFLOW", existing);
  if (sameBytes(existing.digest, digest)) {
    return new StatusError(
      "ALREADY_EXISTS",
      "workflow with identical structure already exists",
      detail({ existsIdenticalStructure: { id } }),
    );
  }
  const bytes = await readBlob(deps.blobs, existing.remoteClosureIdentifier, largestClosure);
  const before = flyteidl.core.CompiledWorkflowClosure.decode(bytes);
  const differences = differenceText("flyteidl.core.CompiledWorkflowClosure", before, closure);
  return invalidArgument(
    `${existing.name} workflow with different structure already exists. (Please register a new version of the workflow):\n${differences}`,
    detail({ existsDifferentStructure: { id } }),
  );
}

function detail(reason: flyteidl.admin.CreateWorkflowFailureReason.$Properties): StatusDetail[] {
  return [
    { typeName: "flyteidl.admin.CreateWorkflowFailureReason", value: flyteidl.admin.CreateWorkflowFailureReason.encode(reason).finish() },
  ];
}
