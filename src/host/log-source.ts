/** A log, or why there is none: 404 not there (yet), 410 not any more, 502 the rest of the deployment refuses, 503 it does not answer. */
export type OpenedLog = { readonly pieces: AsyncIterable<Uint8Array> } | { readonly status: 404 | 410 | 502 | 503; readonly why: string };

export interface LogRequest {
  /** Of the path below the route's prefix, decoded; nothing is checked. */
  readonly segments: readonly string[];
  /** Of several containers, another than the task's own. */
  readonly container: string | undefined;
  /** Goes on to the end of the attempt. */
  readonly follow: boolean;
  /** Aborted when the reader leaves. */
  readonly signal: AbortSignal;
}

/** Where attempts keep what they wrote. */
export interface LogSource {
  open(request: LogRequest): Promise<OpenedLog>;
}

/** A name that attempts can have: a DNS subdomain, as Kubernetes has it. */
export function isAttemptName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text);
}
