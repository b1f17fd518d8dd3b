import { Worker } from "node:worker_threads";

/** Copying the log into the database stalls whoever does it for tens of milliseconds: so a thread does it, when told. */
const workerSource = `
const { parentPort, workerData } = require("node:worker_threads");
const { DatabaseSync } = require("node:sqlite");
const database = new DatabaseSync(workerData);
database.exec("PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
const checkpoint = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
parentPort.on("message", (message) => {
  if (message === "close") {
    database.close();
    parentPort.close();
    return;
  }
  let left = 0;
  try {
    const { log, checkpointed } = checkpoint.get();
    left = log;
  } catch {}
  parentPort.postMessage(left);
});
`;

const membersBetween = 200;
/** 64 MiB of pages of 4 KiB. */
const longLog = 16_384;

/**
 * Checkpoints of a database in WAL mode whose own are switched off. `committed` is called between commits; the thread is
 * started when enough was written. Under a steady stream of commits a thread never catches up, so the log never starts
 * over: once it is long, `finish` (a checkpoint by the caller, of what little the thread left) is called between commits.
 */
export class Checkpointer {
  readonly #path: string;
  readonly #finish: () => void;
  #worker: Worker | undefined;
  #members = 0;
  #running = false;
  #long = false;

  constructor(path: string, finish: () => void) {
    this.#path = path;
    this.#finish = finish;
  }

  committed(members: number): void {
    this.#members += members;
    if (this.#running) return;
    if (this.#long) {
      this.#long = false;
      try {
        this.#finish();
      } catch {
        // The log stays as it is and is read all the same; if the disk is full the next commit says so.
      }
    }
    if (this.#members < membersBetween) return;
    this.#members = 0;
    this.#running = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage("checkpoint", []);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#running = true;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.ref();
    worker.postMessage("close", []);
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(workerSource, { eval: true, workerData: this.#path, execArgv: [], env: {} });
    worker.unref();
    worker.on("message", (log: number) => {
      this.#running = false;
      this.#long = log > longLog;
    });
    // Without its thread the log is still copied: by the caller, when asked next, and at the end.
    worker.on("error", () => {
      this.#worker = undefined;
      this.#running = false;
      this.#long = true;
    });
    return worker;
  }
}
