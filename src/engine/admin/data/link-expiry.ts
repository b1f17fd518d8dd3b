import type { ProtoDuration } from "../../../idl/types.ts";
import { fromDuration } from "../../../idl/time.ts";
import { formatGoDuration } from "../../propeller/go-duration.ts";
import { invalidArgument } from "../refusals.ts";

const longest = 3_600_000;

/** Seconds that a signed URL is good for: an hour unless asked for less. INVALID_ARGUMENT for more, and for nothing or less. */
export function linkSeconds(asked: ProtoDuration | null | undefined): number {
  const milliseconds = fromDuration(asked) ?? longest;
  if (milliseconds > longest) {
    throw invalidArgument(
      `expiresIn [${formatGoDuration(milliseconds)}] cannot exceed max allowed expiration [${formatGoDuration(longest)}]`,
    );
  }
  if (milliseconds <= 0) throw invalidArgument(`invalid expiresIn [${formatGoDuration(milliseconds)}]: it must be positive`);
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
