import type { Random } from "../../std/random.ts";
import { randomText } from "../../std/random.ts";

/** The header and metadata key that carries it. */
export const requestIdHeader = "x-request-id";

/** The caller's id when it is one (up to 128 visible ASCII characters), else `a-` and 20 random characters. */
export function requestIdOf(given: string | undefined, random: Random): string {
  return given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given) ? given : `a-${randomText(random, 20)}`;
}
