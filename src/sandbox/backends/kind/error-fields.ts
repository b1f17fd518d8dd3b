import type { FlyteError, FlyteErrorFields } from "../../../std/errors.ts";

/** What an error says, to be said again with more about where it happened. */
export function errorFields(error: FlyteError): FlyteErrorFields {
  const { code, blame, message, hint, details } = error;
  return { code, blame, message, hint, details, cause: error };
}
