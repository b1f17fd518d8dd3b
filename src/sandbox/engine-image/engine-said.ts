import { messageOf } from "../../std/errors.ts";

/** What the Docker engine said, without what its client puts before it: `(HTTP code 500) server error - `. */
export function engineSaid(thrown: unknown): string {
  return messageOf(thrown)
    .replace(/^\(HTTP code \d+\) [^-]* - /, "")
    .trim();
}
