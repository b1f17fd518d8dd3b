import type { ExecutionError } from "../../idl/types.ts";
import { flyteidl } from "../../idl/flyteidl.ts";

export interface ErrorView {
  readonly code: string;
  readonly kind: string;
  readonly message: string;
}

/** Why something failed, null when it has not. */
export function errorView(error: ExecutionError | null | undefined): ErrorView | null {
  if (error == null) return null;
  const kinds = flyteidl.core.ExecutionError.ErrorKind as unknown as Record<number, string>;
  return { code: error.code ?? "", kind: kinds[error.kind ?? 0] ?? "UNKNOWN", message: error.message ?? "" };
}
