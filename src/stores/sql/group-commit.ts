import { AsyncLocalStorage } from "node:async_hooks";
import type { WriteKind } from "../../ports/state-store.ts";
import { hasStatus, StatusError } from "../../idl/status.ts";

/** `again`: it failed on another process's locks, and the work may simply be done again. */
interface Failure {
  readonly thrown: unknown;
  readonly again: boolean;
}

/** The transaction commands of one connection; each may throw a StatusError. */
export interface GroupConnection {
  begin(): void | Promise<void>;
  savepoint(): void | Promise<void>;
  release(): void | Promise<void>;
  rollbackToSavepoint(): void | Promise<void>;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
  inTransaction(): boolean;
  /**
   * What a statement since the savepoint failed with, though the work may have caught it: after that, some databases take
   * nothing more before a rollback.
   */
  statementFailure?(): Failure | undefined;
  /** Statements may be sent before those ahead of them are answered. */
  readonly pipelined?: boolean;
}

interface Member {
  readonly run: () => Promise<void>;
  readonly kind: WriteKind | undefined;
  /** It was undone with others: no more at the same time as they. */
  alone: boolean;
  /** How often it was undone to be done again. */
  repeats: number;
  /** After the commit. */
  readonly acknowledge: () => void;
  readonly reject: (thrown: unknown) => void;
}

interface Scope {
  open: boolean;
}

/** What became of members: `locked`: undone, and put back, since another process holds what they need. */
type Outcome = "kept" | "undone" | "locked";

const mostMembers = 100;
const mostRepeats = 10;

/**
 * Write transactions, queued: those that wait share one transaction and one commit a turn of the event loop, each in a
 * savepoint of its own. More than a hundred would hold the event loop too long. Where statements can be pipelined, neighbours
 * that only insert run at once, in one savepoint: they cost one round trip together, and are done one by one if any fails.
 */
export class GroupCommit {
  readonly #connection: GroupConnection;
  readonly #committed: (members: number) => void | Promise<void>;
  readonly #scopes = new AsyncLocalStorage<Scope>();
  #queue: Member[] = [];
  #group: Promise<void> | undefined;
  #scheduled = false;
  #closed = false;

  /** `committed` is called between groups with the number of members of the last. */
  constructor(connection: GroupConnection, committed: (members: number) => void | Promise<void> = () => {}) {
    this.#connection = connection;
    this.#committed = committed;
  }

  /** Resolves with what `work` gave once it is committed; rejects with what it threw, undone; UNAVAILABLE when closed. */
  write<T>(work: () => Promise<T>, kind?: WriteKind): Promise<T> {
    this.assertOutside();
    if (this.#closed) return Promise.reject(new StatusError("UNAVAILABLE", "the database is closed"));
    return new Promise<T>((resolve, reject) => {
      let acknowledge = (): void => {};
      const run = async (): Promise<void> => {
        const result = await work();
        acknowledge = () => resolve(result);
      };
      this.#queue.push({ run, kind, alone: false, repeats: 0, acknowledge: () => acknowledge(), reject });
      this.#schedule();
    });
  }

  /** Resolves between groups: at once when no transaction is open. */
  async idle(): Promise<void> {
    this.assertOutside();
    while (this.#group) await this.#group;
  }

  /** Whether a transaction is open. */
  get busy(): boolean {
    return this.#group !== undefined;
  }

  /** Throws unless the caller is a member at work: a query left behind by another would land in the wrong transaction. */
  assertInside(): void {
    if (!this.#scopes.getStore()?.open) {
      throw new Error("a transaction was used outside its work: await every query before the work returns");
    }
    if (!this.#connection.inTransaction()) throw rolledBack();
  }

  /** Throws inside a member's work, where waiting for another transaction or for its end would wait for ever. */
  assertOutside(): void {
    if (this.#scopes.getStore()?.open) throw new Error("inside a write only its writer may be used: no other read or write of the store");
  }

  /** Refuses new work and waits for what is queued. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#scheduled || this.#group) await (this.#group ?? new Promise((resolve) => setImmediate(resolve)));
  }

  #schedule(): void {
    if (this.#scheduled || this.#group || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      // Of no member: its async context is that of whoever queued first.
      this.#group = this.#scopes
        .exit(() => this.#commitGroup())
        .finally(() => {
          this.#group = undefined;
          this.#schedule();
        });
    });
  }

  async #commitGroup(): Promise<void> {
    const waiting = this.#queue.splice(0, mostMembers);
    const members: Member[] = [];
    try {
      await this.#connection.begin();
    } catch (thrown) {
      for (const member of waiting) member.reject(thrown);
      return;
    }
    try {
      while (waiting.length > 0) {
        const next = waiting.splice(0, this.#together(waiting));
        members.push(...next);
        const outcome = next.length > 1 ? await this.#runTogether(next, waiting) : await this.#runAlone(next, waiting);
        if (outcome !== "kept") members.length -= next.length;
        // The other process may wait for the very locks of those before: they are let go first.
        if (outcome === "locked") break;
      }
      await this.#connection.commit();
    } catch (thrown) {
      await this.#rollback();
      for (const member of members) member.reject(thrown);
      return;
    } finally {
      // Those that have not run lose nothing: they go first in the next group.
      this.#queue.unshift(...waiting);
    }
    for (const member of members) member.acknowledge();
    await this.#committed(members.length);
  }

  /** How many of the first may run at once. */
  #together(waiting: readonly Member[]): number {
    if (this.#connection.pipelined !== true) return 1;
    const end = waiting.findIndex((member) => member.kind !== "inserts" || member.alone);
    return Math.max(end === -1 ? waiting.length : end, 1);
  }

  /** When one failed, all are undone, to be done one by one. Throws when the whole transaction is lost. */
  async #runTogether(members: readonly Member[], waiting: Member[]): Promise<Outcome> {
    const failure = await this.#inSavepoint(async () => {
      const thrown = await Promise.all(members.map((member) => this.#work(member)));
      return thrown.find((each) => each !== undefined);
    });
    if (!failure) return "kept";
    for (const member of members) member.alone = true;
    waiting.unshift(...members);
    return failure.again ? "locked" : "undone";
  }

  /** When it failed, it is undone and rejected alone, or put back. Throws when the whole transaction is lost. */
  async #runAlone([member]: readonly Member[], waiting: Member[]): Promise<Outcome> {
    if (!member) return "kept";
    const failure = await this.#inSavepoint(() => this.#work(member));
    if (!failure) return "kept";
    if (failure.again && member.repeats++ < mostRepeats) {
      waiting.unshift(member);
      return "locked";
    }
    member.reject(failure.thrown);
    return "undone";
  }

  async #inSavepoint(work: () => Promise<{ readonly thrown: unknown } | undefined>): Promise<Failure | undefined> {
    await this.#connection.savepoint();
    const thrown = await work();
    const failed = this.#connection.statementFailure?.();
    const failure = thrown ?? failed;
    if (!this.#connection.inTransaction()) {
      throw failure && hasStatus(failure.thrown, "RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE") ? failure.thrown : rolledBack();
    }
    if (!failure) {
      await this.#connection.release();
      return undefined;
    }
    await this.#connection.rollbackToSavepoint();
    return { thrown: failure.thrown, again: failed?.again === true };
  }

  async #work(member: Member): Promise<{ readonly thrown: unknown } | undefined> {
    const scope: Scope = { open: true };
    try {
      await this.#scopes.run(scope, member.run);
      return undefined;
    } catch (thrown) {
      return { thrown };
    } finally {
      scope.open = false;
    }
  }

  async #rollback(): Promise<void> {
    if (!this.#connection.inTransaction()) return;
    try {
      await this.#connection.rollback();
    } catch {
      // The error that led here is the one to report; a transaction that stays open makes the next BEGIN fail.
    }
  }
}

function rolledBack(): StatusError {
  return new StatusError("ABORTED", "the transaction was rolled back by the database");
}
