import { executionPhaseNumber, type ExecutionPhase } from "../../src/idl/phases.ts";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { StatusError } from "../../src/idl/status.ts";
import type { ChildExecutions } from "../../src/ports/child-executions.ts";
import type { ExecutionError, LiteralMap } from "../../src/idl/types.ts";

export interface Child {
  readonly request: flyteidl.admin.ExecutionCreateRequest.$Properties;
  /** The name of the execution that it recovers. */
  readonly recovers?: string;
  phase: ExecutionPhase;
  error?: ExecutionError;
  /** Handed out by admin. */
  outputs?: LiteralMap;
  /** Where they are, if they are anywhere. */
  outputsUri?: string;
  /** Causes of the terminations that were asked for. */
  readonly terminated: string[];
}

/** The executions of an admin as launch plan nodes see them, by name. They go on only when a test says so. */
export class ChildModel implements ChildExecutions {
  readonly children = new Map<string, Child>();
  /** Those of the execution that is recovered. */
  past: ReadonlyMap<string, Child> = new Map();
  readonly calls: string[] = [];
  /** Whether admin has an event of a node: it takes no child of others. */
  knows: (nodeId: string) => boolean = () => true;
  /** Called before each call; what it throws is the answer. */
  before: (method: string, name: string) => void = () => undefined;

  /** A child as it is; throws for one that was not launched. */
  of(name: string): Child {
    const child = this.children.get(name);
    if (!child) throw new Error(`no child ${name}, but ${[...this.children.keys()].join(", ")}`);
    return child;
  }

  end(name: string, phase: ExecutionPhase, how: Partial<Pick<Child, "error" | "outputs" | "outputsUri">> = {}): void {
    Object.assign(this.of(name), { phase, ...how });
  }

  #called(method: string, name: string): void {
    this.calls.push(`${method} ${name}`);
    this.before(method, name);
  }

  #existing(name: string): Child {
    const child = this.children.get(name);
    if (!child) throw new StatusError("NOT_FOUND", `no execution ${name}`);
    return child;
  }

  async create(bytes: Uint8Array): Promise<void> {
    const request = flyteidl.admin.ExecutionCreateRequest.decode(bytes);
    const name = request.name ?? "";
    this.#called("create", name);
    if (this.children.has(name)) throw new StatusError("ALREADY_EXISTS", `there is ${name}`);
    const parent = request.spec?.metadata?.parentNodeExecution?.nodeId ?? "";
    if (!this.knows(parent)) throw new StatusError("NOT_FOUND", `no node execution ${parent}`);
    this.children.set(name, { request, phase: "UNDEFINED", terminated: [] });
  }

  async recover(bytes: Uint8Array): Promise<void> {
    const { id, name, metadata } = flyteidl.admin.ExecutionRecoverRequest.decode(bytes);
    this.#called("recover", name ?? "");
    const source = this.past.get(id?.name ?? "");
    if (!source) throw new StatusError("NOT_FOUND", `no execution ${id?.name ?? ""}`);
    if (this.children.has(name ?? "")) throw new StatusError("ALREADY_EXISTS", `there is ${name ?? ""}`);
    const parent = metadata?.parentNodeExecution?.nodeId ?? "";
    if (!this.knows(parent)) throw new StatusError("NOT_FOUND", `no node execution ${parent}`);
    const spec = {
      ...source.request.spec,
      metadata: { ...source.request.spec?.metadata, parentNodeExecution: metadata?.parentNodeExecution ?? null },
    };
    const recovers = id?.name ?? "";
    this.children.set(name ?? "", { request: { ...source.request, name: name ?? "", spec }, recovers, phase: "UNDEFINED", terminated: [] });
  }

  async get({ name }: { readonly name: string }): Promise<flyteidl.admin.ExecutionClosure.$Properties> {
    this.#called("get", name);
    const { phase, error, outputsUri } = this.#existing(name);
    return { phase: executionPhaseNumber(phase), error: error ?? null, outputs: outputsUri === undefined ? null : { uri: outputsUri } };
  }

  async outputs({ name }: { readonly name: string }): Promise<Uint8Array> {
    this.#called("outputs", name);
    const { outputs } = this.#existing(name);
    return outputs ? flyteidl.core.LiteralMap.encode(outputs).finish() : new Uint8Array();
  }

  async terminate({ name }: { readonly name: string }, cause: string): Promise<void> {
    this.#called("terminate", name);
    const child = this.#existing(name);
    if (["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"].includes(child.phase)) throw new StatusError("FAILED_PRECONDITION", "it is over");
    child.terminated.push(cause);
    child.phase = "ABORTING";
  }
}
