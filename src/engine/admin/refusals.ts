import { StatusError } from "../../idl/status.ts";
import type { StatusDetail } from "../../idl/status.ts";

// Admin's refusals in Flyte's words.

export const invalidArgument = (text: string, details?: readonly StatusDetail[]): StatusError =>
  new StatusError("INVALID_ARGUMENT", text, details);
export const missingField = (field: string): StatusError => invalidArgument(`missing ${field}`);
export const invalidField = (field: string): StatusError => invalidArgument(`invalid value for ${field}`);
export const uniqueViolation = (constraint: string): StatusError =>
  new StatusError("ALREADY_EXISTS", `value with matching already exists (duplicate key value violates unique constraint "${constraint}")`);
