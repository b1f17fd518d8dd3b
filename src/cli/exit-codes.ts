import type { Blame } from "../std/errors.ts";

/** What the command line's process ends with; 0 when all is done. */
export const exitCodes = { bug: 1, usage: 2, environment: 3, deployment: 4, execution: 5, interrupted: 130 } as const satisfies Record<
  Blame | "interrupted",
  number
>;
