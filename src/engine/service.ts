/** Who calls. Anonymous until authentication is switched on; every call carries one. */
export interface Principal {
  readonly subject: string;
  readonly anonymous: boolean;
}

export interface CallContext {
  readonly principal: Principal;
  /** e.g. `flyteidl.service.AdminService/CreateTask`. */
  readonly method: string;
  /** The request as it came: what is stored of it is cut from these bytes, never encoded again. */
  readonly requestBytes: Uint8Array;
  /** Given by the caller (x-request-id) or by us; in every log line of the call. */
  readonly requestId: string;
  /** Aborted when the caller has gone or the deadline has passed. */
  readonly signal: AbortSignal;
}

/** Takes the decoded request, answers with the encoded reply (see idl/wire.ts: stored bytes are embedded, not decoded), or throws a StatusError. */
export type UnaryHandler<Request = never> = (request: Request, context: CallContext) => Promise<Uint8Array>;
export type StreamHandler<Request = never> = (request: Request, context: CallContext) => AsyncIterable<Uint8Array>;

/** One gRPC service without a transport: the gateway serves it over gRPC and HTTP. Methods that are missing answer UNIMPLEMENTED. */
export interface ServiceHandlers {
  /** Full name, e.g. `flyteidl.service.AdminService`. */
  readonly service: string;
  readonly unary: Readonly<Record<string, UnaryHandler>>;
  readonly streams?: Readonly<Record<string, StreamHandler>>;
}
