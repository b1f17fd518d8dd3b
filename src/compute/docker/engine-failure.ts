import { messageOf } from "../../std/errors.ts";
import { statusOf } from "./docker-status.ts";

export interface EngineFailure {
  /**
   * AWAY: it does not answer, and may again. FULL: its disk is, until somebody makes room. ABSENT: what is named is not there.
   * TAKEN: there is one of that name. REFUSED: it will say so again. OTHER: it may not.
   */
  readonly kind: "AWAY" | "FULL" | "ABSENT" | "TAKEN" | "REFUSED" | "OTHER";
  /** Its own words. */
  readonly message: string;
}

const connectionErrors = /^(ECONN|ENOENT$|EPIPE$|EACCES$|ETIMEDOUT$|EHOSTUNREACH$|ENETUNREACH$|EAI_|ERR_STREAM_|ABORT_ERR$)/;
const cutOff = /socket hang up|premature close|^aborted$/i;

/** What a failed request to a Docker engine, or an error within a stream of its, means. */
export function engineFailure(error: unknown): EngineFailure {
  const status = statusOf(error);
  const message = said(error);
  if (/no space left on device|disk quota exceeded/i.test(message)) return { kind: "FULL", message };
  if (status === undefined) return { kind: isCutOff(error) ? "AWAY" : "OTHER", message };
  if (status === 404) return { kind: "ABSENT", message };
  if (status === 409) return { kind: "TAKEN", message };
  return { kind: status >= 400 && status < 500 ? "REFUSED" : "OTHER", message };
}

function isCutOff(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return (typeof code === "string" && connectionErrors.test(code)) || cutOff.test(messageOf(error));
}

/** Without what the library puts before it: `(HTTP code 500) server error - `. */
function said(error: unknown): string {
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]* - /, "")
    .trim();
}
