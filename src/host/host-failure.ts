import { FlyteError, messageOf } from "../std/errors.ts";
import type { HostFailure } from "./host-config.ts";

/** What to tell whoever started an engine that did not start; `hint` where it is our own bug. */
export function hostFailure(error: unknown, hint: string): HostFailure {
  if (!(error instanceof FlyteError)) return { code: "ENGINE_START_FAILED", blame: "bug", message: messageOf(error), hint, details: {} };
  const { code, blame, message, details } = error;
  return { code, blame: blame === "usage" ? "usage" : "environment", message, hint: error.hint, details };
}
