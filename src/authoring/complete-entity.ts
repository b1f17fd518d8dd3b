import { flyteidl } from "../idl/flyteidl.ts";
import type { Identifier, WorkflowNode, WorkflowTemplate } from "../idl/types.ts";
import { entityOf } from "./entity.ts";
import type { Entity } from "./entity.ts";

export interface Completion {
  readonly project: string;
  readonly domain: string;
  readonly version: string;
  /** Where the code was put, and where it is unpacked: for packages of `pyflyte package --fast`. */
  readonly distribution?: string;
  readonly destinationDir?: string;
}

/**
 * The entity with all that packages leave open filled in: project, domain and version of its own id and of those it refers
 * to, where they are empty, and the place of the code in the arguments of containers. The bytes stay as they are when
 * nothing was open.
 */
export function completeEntity(entity: Entity, completion: Completion): Entity {
  // A copy: decoding anew keeps unknown fields, which cloning would lose.
  const copy = entityOf(entity.bytes, entity);
  const open = { found: false };
  const fill = (id: Identifier | null | undefined): void => {
    if (id == null || (id.project && id.domain && id.version)) return;
    open.found = true;
    id.project ||= completion.project;
    id.domain ||= completion.domain;
    id.version ||= completion.version;
  };
  switch (copy.kind) {
    case "task": {
      const template = copy.message.template;
      fill(template?.id);
      if (placeCode(template?.container?.args, completion)) open.found = true;
      if (!open.found) return entity;
      return reread(flyteidl.admin.TaskSpec.encode(copy.message).finish(), entity);
    }
    case "workflow":
      fillWorkflow(copy.message.template, fill);
      for (const sub of copy.message.subWorkflows ?? []) fillWorkflow(sub, fill);
      return open.found ? reread(flyteidl.admin.WorkflowSpec.encode(copy.message).finish(), entity) : entity;
    case "launch_plan":
      fill(copy.message.id);
      fill(copy.message.spec?.workflowId);
      return open.found ? reread(flyteidl.admin.LaunchPlan.encode(copy.message).finish(), entity) : entity;
  }
}

const reread = (bytes: Uint8Array, entity: Entity): Entity => entityOf(bytes, entity);

function fillWorkflow(template: WorkflowTemplate | null | undefined, fill: (id: Identifier | null | undefined) => void): void {
  fill(template?.id);
  for (const node of template?.nodes ?? []) fillNode(node, fill);
  fillNode(template?.failureNode, fill);
}

function fillNode(node: WorkflowNode | null | undefined, fill: (id: Identifier | null | undefined) => void): void {
  fill(node?.taskNode?.referenceId);
  fill(node?.workflowNode?.launchplanRef);
  fill(node?.workflowNode?.subWorkflowRef);
  if (node?.arrayNode?.node != null) fillNode(node.arrayNode.node, fill);
  const branch = node?.branchNode?.ifElse;
  if (branch == null) return;
  for (const block of [branch.case, ...(branch.other ?? [])]) if (block?.thenNode != null) fillNode(block.thenNode, fill);
  if (branch.elseNode != null) fillNode(branch.elseNode, fill);
}

const codePlace = /\{\{\s*\.remote_package_path\s*\}\}/g;
const destination = /\{\{\s*\.dest_dir\s*\}\}/g;

/** Whether an argument asks for the place of the code. */
export function asksForCode(entity: Entity): boolean {
  return entity.kind === "task" && (entity.message.template?.container?.args ?? []).some((argument) => argument.search(codePlace) >= 0);
}

function placeCode(args: string[] | null | undefined, completion: Completion): boolean {
  let changed = false;
  for (const [index, argument] of (args ?? []).entries()) {
    let placed = argument;
    if (completion.distribution !== undefined) placed = placed.replace(codePlace, () => completion.distribution ?? "");
    if (completion.distribution !== undefined) placed = placed.replace(destination, () => completion.destinationDir ?? ".");
    if (placed === argument || !args) continue;
    args[index] = placed;
    changed = true;
  }
  return changed;
}
