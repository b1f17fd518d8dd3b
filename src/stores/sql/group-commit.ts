import { AsyncLocalStorage } from "node:async_hooks";
import { hasStatus, StatusError } from "../../idl/status.ts";

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
   * nothing more before a rollback. `again`: it failed on another process's locks, and the work may simply be done again.
   */
  statementFailure?(): { readonly thrown: unknown; readonly again: boolean } | undefined;
}

interface Member {
  readonly run: () => Promise<void>;
  /** How often it was undone to be done again. */
  repeats: number;
  /** After the commit. */
  readonly acknowledge: () => void;
  readonly reject: (thrown: unknown) => void;
}

interface Scope {
  open: boolean;
}

const mostMembers = 100;
const mostRepeats = 10;

/**
 * Write transactions, queued: those that wait share one transaction and one commit a turn of the event loop, each in a
 * savepoint of its own. More than a hundred would hold the event loop too long.
 */
export class GroupCommit {
  readonly #connection: GroupConnection;
  readonly #committed: (members: number) => void | Promise<void>;
  readonly #scopes = new AsyncLocalStorage<Scope>();
  #queue: Member[] = [];
  #current: Scope | undefined;
  #group: Promise<void> | undefined;
  #scheduled = false;
  #closed = false;

  /** `committed` is called between groups with the number of members of the last. */
  constructor(connection: GroupConnection, committed: (members: number) => void | Promise<void> = () => {}) {
    this.#connection = connection;
    this.#committed = committed;
  }

  /** Resolves with what `work` gave once it is committed; rejects with what it threw, undone; UNAVAILABLE when closed. */
  write<T>(work: () => Promise<T>): Promise<T> {
    this.assertOutside();
    if (this.#closed) return Promise.reject(new StatusError("UNAVAILABLE", "the database is closed"));
    return new Promise<T>((resolve, reject) => {
      let acknowledge = (): void => {};
      const run = async (): Promise<void> => {
        const result = await work();
        acknowledge = () => resolve(result);
      };
      this.#queue.push({ run, repeats: 0, acknowledge: () => acknowledge(), reject });
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

  /** Throws unless the caller is the member at work: a query left behind by another would land in the wrong transaction. */
  assertInside(): void {
    if (this.#current === undefined || this.#scopes.getStore() !== this.#current) {
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
      for (let member = waiting.shift(); member; member = waiting.shift()) {
        members.push(member);
        if (!(await this.#runMember(member))) members.pop();
      }
      await this.#connection.commit();
    } catch (thrown) {
      await this.#rollback();
      for (const member of members) member.reject(thrown);
      // Those that have not run lose nothing: they go first in the next group.
      this.#queue.unshift(...waiting);
      return;
    }
    for (const member of members) member.acknowledge();
    await this.#committed(members.length);
  }

  /** False when it failed and was undone and rejected alone; throws when the whole transaction is lost. */
  async #runMember(member: Member): Promise<boolean> {
    await this.#connection.savepoint();
    const thrown = await this.#work(member);
    const failed = this.#connection.statementFailure?.();
    const failure = thrown ?? failed;
    if (!this.#connection.inTransaction()) {
      throw failure && hasStatus(failure.thrown, "RESOURCE_EXHAUSTED", "INTERNAL", "UNAVAILABLE") ? failure.thrown : rolledBack();
    }
    if (!failure) {
      await this.#connection.release();
      return true;
    }
    await this.#connection.rollbackToSavepoint();
    // In the next group: this one may hold the very locks that the other process waits for.
    if (failed?.again && member.repeats++ < mostRepeats) this.#queue.unshift(member);
    else member.reject(failure.thrown);
    return false;
  }

  async #work(member: Member): Promise<{ readonly thrown: unknown } | undefined> {
    const scope: Scope = { open: true };
    this.#current = scope;
    try {
      await this.#scopes.run(scope, member.run);
      return undefined;
    } catch (thrown) {
      return { thrown };
    } finally {
      scope.open = false;
      this.#current = undefined;
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
