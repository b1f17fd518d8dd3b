import { executionPhaseOf, nodePhaseOf, taskPhaseOf } from "../../src/idl/phases.ts";
import { fromTimestamp } from "../../src/idl/time.ts";
import { StatusError } from "../../src/idl/status.ts";
import type { ServiceHandlers } from "../../src/engine/service.ts";
import type { EventSink, ExecutionEvent } from "../../src/ports/event-sink.ts";

const terminal = {
  workflow: ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"],
  node: ["SUCCEEDED", "FAILED", "ABORTED", "SKIPPED", "TIMED_OUT", "RECOVERED"],
  task: ["SUCCEEDED", "FAILED", "ABORTED"],
};

export interface Seen {
  /** `workflow`, a node id, or `node/attempt`. */
  readonly subject: string;
  readonly phase: string;
  readonly at: number;
  readonly event: ExecutionEvent;
}

/** Admin as propeller's events see it: it records them and refuses what admin refuses. One execution a model. */
export class AdminModel implements EventSink {
  readonly seen: Seen[] = [];
  /** Sizes of the batches. */
  readonly batches: number[] = [];
  readonly violations: string[] = [];
  /** Called before each event; throws or returns a refusal to inject a failure. */
  before: (event: Seen) => StatusError | undefined = () => undefined;
  readonly #phase = new Map<string, { phase: string; version: number }>();

  async record(events: readonly ExecutionEvent[]): Promise<readonly (StatusError | undefined)[]> {
    this.batches.push(events.length);
    return events.map((event) => this.#apply(event));
  }

  /** `record` and `save`, both or neither. */
  async recordWith(
    events: readonly ExecutionEvent[],
    save: (outcomes: readonly (StatusError | undefined)[]) => Promise<boolean>,
  ): Promise<boolean> {
    const [seen, violations, phases] = [this.seen.length, this.violations.length, new Map(this.#phase)];
    let saved = false;
    try {
      saved = await save(await this.record(events));
    } finally {
      if (!saved) {
        this.seen.length = seen;
        this.violations.length = violations;
        this.#phase.clear();
        for (const [subject, last] of phases) this.#phase.set(subject, last);
      }
    }
    return saved;
  }

  /** The model behind a gateway. */
  get service(): ServiceHandlers {
    const answer =
      (level: ExecutionEvent["level"]) =>
      async ({ event }: { readonly event: ExecutionEvent["event"] }): Promise<Uint8Array> => {
        const [refusal] = await this.record([{ level, event } as ExecutionEvent]);
        if (refusal) throw refusal;
        return new Uint8Array();
      };
    const unary = { CreateWorkflowEvent: answer("workflow"), CreateNodeEvent: answer("node"), CreateTaskEvent: answer("task") };
    return { service: "flyteidl.service.AdminService", unary };
  }

  #apply(event: ExecutionEvent): StatusError | undefined {
    const seen = describe(event);
    const injected = this.before(seen);
    if (injected) return injected;
    const { subject, phase } = seen;
    const version = event.level === "task" ? (event.event.phaseVersion ?? 0) : 0;
    const last = this.#phase.get(subject);
    if (last?.phase === phase && (event.level !== "task" || version <= last.version))
      return new StatusError("ALREADY_EXISTS", `${subject} is ${phase}`);
    const detail = [{ typeName: "flyteidl.admin.EventFailureReason", value: new Uint8Array() }];
    if (last && terminal[event.level].includes(last.phase))
      return new StatusError("FAILED_PRECONDITION", `${subject} is ${last.phase}`, detail);
    // Nodes do not go back to QUEUED: that is an event told again. Of tasks admin takes any order, as Flyte does.
    if (event.level === "node" && phase === "QUEUED" && last) return new StatusError("ALREADY_EXISTS", `${subject} was QUEUED`);
    if (event.level === "task" && !this.#phase.has(subject.slice(0, subject.lastIndexOf("/")))) {
      this.violations.push(`${subject} comes before its node`);
      return new StatusError("NOT_FOUND", `no node of ${subject}`);
    }
    const parent = event.level === "node" ? event.event.parentNodeMetadata?.nodeId : undefined;
    if (parent && !this.#phase.has(parent)) {
      this.violations.push(`${subject} comes before the node it is in`);
      return new StatusError("NOT_FOUND", `no node ${parent}`);
    }
    if (parent && terminal.node.includes(this.#phase.get(parent)?.phase ?? ""))
      this.violations.push(`${subject} ${phase} comes after the end of ${parent}`);
    if (event.level !== "workflow" && !this.#phase.has("workflow")) this.violations.push(`${subject} comes before its workflow`);
    this.#phase.set(subject, { phase, version });
    this.seen.push(seen);
    return undefined;
  }

  phases(subject: string): string[] {
    return this.seen.filter((each) => each.subject === subject).map((each) => each.phase);
  }

  last(subject: string): Seen | undefined {
    return this.seen.findLast((each) => each.subject === subject);
  }

  get order(): string[] {
    return this.seen.map((each) => `${each.subject} ${each.phase}`);
  }

  get subjects(): string[] {
    return [...new Set(this.seen.map((each) => each.subject))];
  }
}

function describe(event: ExecutionEvent): Seen {
  const at = fromTimestamp(event.event.occurredAt) ?? Number.NaN;
  switch (event.level) {
    case "workflow":
      return { subject: "workflow", phase: executionPhaseOf(event.event.phase), at, event };
    case "node":
      return { subject: event.event.id?.nodeId ?? "", phase: nodePhaseOf(event.event.phase), at, event };
    case "task":
      return {
        subject: `${event.event.parentNodeExecutionId?.nodeId ?? ""}/${event.event.retryAttempt ?? 0}`,
        phase: taskPhaseOf(event.event.phase),
        at,
        event,
      };
  }
}
