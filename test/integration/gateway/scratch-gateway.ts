import { flyte, flyteidl, google } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { startGateway } from "../../../src/engine/gateway/start-gateway.ts";
import type { Gateway } from "../../../src/engine/gateway/start-gateway.ts";
import type { GatewayOptions, InternalError } from "../../../src/engine/gateway/gateway-options.ts";
import type { CallContext, ServiceHandlers } from "../../../src/engine/service.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";

export interface SeenCall {
  readonly context: CallContext;
  readonly request: unknown;
}

export interface ScratchGateway extends Gateway, AsyncDisposable {
  readonly port: number;
  readonly seen: SeenCall[];
  readonly internalErrors: InternalError[];
  readonly logged: string[];
  setServing(serving: boolean): void;
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));

/** A gateway before handlers that answer, echo, refuse, throw, wait and stream. */
export async function scratchGateway(options: Partial<GatewayOptions> = {}): Promise<ScratchGateway> {
  const seen: SeenCall[] = [];
  const internalErrors: InternalError[] = [];
  const logged: string[] = [];
  const listeners = new Set<() => void>();
  let serving = true;
  const note = (request: unknown, context: CallContext): void => void seen.push({ request, context });
  const a = flyteidl.admin;

  const adminService: ServiceHandlers = {
    service: "flyteidl.service.AdminService",
    unary: {
      GetVersion: async (request: object, context: CallContext) => {
        note(request, context);
        return a.GetVersionResponse.encode({ controlPlaneVersion: { Build: "b", Version: "v9.8.7", BuildTime: "" } }).finish();
      },
      ListExecutions: async (request: object, context: CallContext) => {
        note(request, context);
        return a.ExecutionList.encode({
          token: "next",
          executions: [
            {
              id: { project: "p", domain: "d", name: "e" },
              spec: { maxParallelism: 7, interruptible: { value: false }, labels: { values: { k: "ü" } } },
              closure: { phase: 4, createdAt: { seconds: 1553860800, nanos: 1_000_000 }, duration: { seconds: 90 } },
            },
          ],
        }).finish();
      },
      CreateTask: async (request: object, context: CallContext) => {
        note(request, context);
        return a.TaskCreateResponse.encode({}).finish();
      },
      UpdateNamedEntity: async (request: object, context: CallContext) => {
        note(request, context);
        return a.NamedEntityUpdateResponse.encode({}).finish();
      },
      GetTaskExecution: async (request: object, context: CallContext) => {
        note(request, context);
        return a.TaskExecution.encode({}).finish();
      },
      TerminateExecution: async (request: object, context: CallContext) => {
        note(request, context);
        return a.ExecutionTerminateResponse.encode({}).finish();
      },
      CreateWorkflow: async () => {
        const reason = a.CreateWorkflowFailureReason.encode({ existsIdenticalStructure: { id: { project: "p", name: "wf" } } }).finish();
        throw new StatusError("ALREADY_EXISTS", 'workflow "wf" exists: 100% ünchanged', [
          { typeName: "flyteidl.admin.CreateWorkflowFailureReason", value: reason },
        ]);
      },
      GetWorkflow: async () => {
        throw new Error("the secret cause");
      },
      GetLaunchPlan: async () => {
        throw new StatusError("INVALID_ARGUMENT", "x".repeat(100_000));
      },
      GetExecution: async (request: object, context: CallContext) => {
        note(request, context);
        await aborted(context.signal);
        throw new Error("the caller is gone");
      },
      GetExecutionData: async (request: object, context: CallContext) => {
        note(request, context);
        await sleep(400);
        return a.WorkflowExecutionGetDataResponse.encode({}).finish();
      },
    },
  };
  const watchService: ServiceHandlers = {
    service: "flyte.watch.v1.WatchService",
    unary: {},
    streams: {
      async *WatchExecution(request: { id?: { name?: string | null } | null }, context: CallContext) {
        note(request, context);
        for (const sequence of [1, 2, 3]) yield flyte.watch.v1.WatchEvent.encode({ sequence }).finish();
        if (request.id?.name === "forever") await aborted(context.signal);
        if (request.id?.name === "deaf") await new Promise(() => {});
        if (request.id?.name === "broken") throw new StatusError("NOT_FOUND", "no such execution");
      },
    },
  };

  const gateway = await startGateway({
    services: [adminService, watchService],
    ports: [0],
    host: "127.0.0.1",
    health: {
      serving: () => serving,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    allowedOrigins: ["http://allowed.example:3000"],
    allowedHosts: ["flyte.test", "other.test:1234"],
    logger: {
      info: (message) => void logged.push(message),
      warn: (message) => void logged.push(message),
      error: (message, fields) => void logged.push(`${message} ${JSON.stringify(fields)}`),
    },
    onInternalError: (error) => void internalErrors.push(error),
    clock: systemClock,
    random: seededRandom(1),
    version: "1.2.3",
    ...options,
  });
  return {
    ...gateway,
    port: gateway.ports[0] ?? 0,
    seen,
    internalErrors,
    logged,
    setServing(now) {
      serving = now;
      for (const listener of listeners) listener();
    },
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

/** An encoded request as JSON of its plain fields would be: for comparing with what a handler saw. */
export const encodeTask = (name: string): Uint8Array =>
  flyteidl.admin.TaskCreateRequest.encode({
    id: { resourceType: 1, project: "p", domain: "d", name, version: "v" },
    spec: {
      template: {
        type: "python-task",
        custom: google.protobuf.Struct.decode(google.protobuf.Struct.encode({ fields: { a: { numberValue: 1 } } }).finish()),
        container: { args: ["x", ""], env: [{ key: "K", value: "V" }] },
      },
    },
  }).finish();
