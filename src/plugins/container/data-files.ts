import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import type { ContainerData } from "../../ports/container-data.ts";
import { messageOf } from "../../std/errors.ts";
import { removeTree } from "./remove-tree.ts";
import { syncPath, syncTree } from "./sync-tree.ts";
import type { DataPlan } from "./data-plan.ts";

/** How far a transfer has come. */
export type Transfer = "UNDER_WAY" | "DONE" | { readonly failed: string };

interface Job {
  outcome: Transfer;
  readonly end: AbortController;
  work: Promise<void>;
}

/**
 * The files of attempts whose data are files. Transfers go on behind the rounds of a workflow; `wake` is called at the end of each. What a
 * daemon that was killed has begun is done again from its beginning.
 */
export class DataFiles {
  readonly #data: ContainerData;
  readonly #jobs = new Map<string, Job>();

  constructor(data: ContainerData) {
    this.#data = data;
  }

  /** Lays the inputs out, unless they are; and makes the place for outputs. */
  inputs({ root, inputs, outputs }: DataPlan, wake: () => void): Transfer {
    if (this.#jobs.has(`${root} in`) || !isLaidOut({ inputs, outputs })) {
      return this.#outcome(`${root} in`, wake, async (signal) => {
        if (outputs) await mkdir(outputs.directory, { recursive: true, mode: 0o755 });
        if (!inputs || existsSync(inputs.directory)) return undefined;
        // Under its name only when it is whole.
        const partial = `${inputs.directory}.partial`;
        await rm(partial, { recursive: true, force: true });
        const failed = await this.#data.download({ ...inputs, directory: partial }, signal);
        if (failed !== undefined) return failed;
        await syncTree(partial);
        await rename(partial, inputs.directory);
        await syncPath(root);
        return undefined;
      });
    }
    return "DONE";
  }

  /** Sends what the attempt has left. */
  outputs({ root, outputs }: DataPlan, wake: () => void): Transfer {
    if (!outputs) return "DONE";
    return this.#outcome(`${root} out`, wake, (signal) => this.#data.upload(outputs, signal));
  }

  /** What the attempt itself says that it has failed of. */
  async told({ outputs }: DataPlan): Promise<string | undefined> {
    return outputs && (await this.#data.told(outputs.directory));
  }

  /** Ends the attempt's transfers, and removes its files. */
  async remove({ root }: Pick<DataPlan, "root">): Promise<void> {
    for (const key of [`${root} in`, `${root} out`]) {
      const job = this.#jobs.get(key);
      job?.end.abort(new Error("the attempt is over"));
      await job?.work;
      this.#jobs.delete(key);
    }
    await removeTree(root);
  }

  #outcome(key: string, wake: () => void, transfer: (signal: AbortSignal) => Promise<string | undefined>): Transfer {
    const known = this.#jobs.get(key);
    if (known) return known.outcome;
    const end = new AbortController();
    const run = async (): Promise<void> => {
      const failed = await transfer(end.signal).catch((thrown: unknown) => messageOf(thrown));
      job.outcome = failed === undefined ? "DONE" : { failed };
      if (!end.signal.aborted) wake();
    };
    const job: Job = { outcome: "UNDER_WAY", end, work: Promise.resolve() };
    this.#jobs.set(key, job);
    job.work = run();
    return job.outcome;
  }
}

function isLaidOut({ inputs, outputs }: Pick<DataPlan, "inputs" | "outputs">): boolean {
  return (!inputs || existsSync(inputs.directory)) && (!outputs || existsSync(outputs.directory));
}
