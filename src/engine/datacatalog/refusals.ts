import type { EntityId } from "../../idl/identifiers.ts";
import { StatusError } from "../../idl/status.ts";

/** INVALID_ARGUMENT `missing <field>`. */
export function missing(field: string): StatusError {
  return new StatusError("INVALID_ARGUMENT", `missing ${field}`);
}

/** INVALID_ARGUMENT `invalid value for <field>, value:[<value>]`. */
export function invalid(field: string, value: string): StatusError {
  return new StatusError("INVALID_ARGUMENT", `invalid value for ${field}, value:[${value}]`);
}

/** NOT_FOUND `missing entity of type <kind> with identifier <id>`. */
export function entityMissing(kind: "Dataset" | "Artifact" | "Tag", identifier: string): StatusError {
  return new StatusError("NOT_FOUND", `missing entity of type ${kind} with identifier ${identifier}`);
}

/** The text of a field, or `missing <field>` when it is empty. */
export function required(field: string, value: string | null | undefined): string {
  if (!value) throw missing(field);
  return value;
}

/** A dataset's name in messages. */
export function datasetText(id: EntityId): string {
  const quoted = JSON.stringify;
  return `project:${quoted(id.project)} name:${quoted(id.name)} domain:${quoted(id.domain)} version:${quoted(id.version)}`;
}
