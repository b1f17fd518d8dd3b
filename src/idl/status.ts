/** gRPC's status codes by name. UNKNOWN is never sent: flytekit starts a login flow on it. */
export const statusCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type StatusName = keyof typeof statusCodes;

/** A google.protobuf.Any: the full message name after `type.googleapis.com/`, and its encoded bytes. */
export interface StatusDetail {
  readonly typeName: string;
  readonly value: Uint8Array;
}

/** An answer that is not OK: thrown by services and seams, mapped to the wire by the gateway, rebuilt by clients. */
export class StatusError extends Error {
  readonly status: StatusName;
  readonly details: readonly StatusDetail[];

  constructor(status: StatusName, message: string, details: readonly StatusDetail[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StatusError";
    this.status = status;
    this.details = details;
  }
}

/** A status as gRPC for Go writes it: NotFound. */
export function statusText(status: StatusName): string {
  return status.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An error as clients of gRPC for Go, Flyte's parts among them, print it. */
export function rpcErrorText({ status, message }: StatusError): string {
  return `rpc error: code = ${statusText(status)} desc = ${message}`;
}

/** Whether `thrown` is a StatusError of one of the given statuses. */
export function hasStatus(thrown: unknown, ...statuses: readonly StatusName[]): thrown is StatusError {
  return thrown instanceof StatusError && statuses.includes(thrown.status);
}
