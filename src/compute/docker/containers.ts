import type Docker from "dockerode";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { ComputeDirectory, ComputeSpec } from "../../ports/compute-backend.ts";
import { FlyteError } from "../../std/errors.ts";
import { type ContainerState, containerState } from "./container-end.ts";
import { containerName, containerOptions, type ContainerSettings } from "./container-options.ts";
import { demultiplex } from "./demultiplex.ts";
import { statusOf } from "./docker-status.ts";
import { engineFailure } from "./engine-failure.ts";
import { attemptLabel, isOwned, ownerFilter } from "./engine-labels.ts";
import { packDirectories } from "./pack-directories.ts";
import { unpackDirectory } from "./unpack-directory.ts";

/** A container of ours. */
export interface FoundContainer {
  readonly id: string;
  /** Empty when it says none. */
  readonly attempt: string;
  readonly status: string;
}

/** Containers of one owner on a Docker engine. Errors are the library's own; what is not there is fine where it is to go. */
export class Containers {
  readonly #docker: Docker;
  #settings: ContainerSettings;

  constructor(docker: Docker, settings: ContainerSettings) {
    this.#docker = docker;
    this.#settings = settings;
  }

  async list(): Promise<readonly FoundContainer[]> {
    const found = await this.#docker.listContainers({ all: true, filters: { label: ownerFilter(this.#settings.owner) } });
    return found.map(({ Id, Labels, State }) => ({ id: Id, attempt: Labels[attemptLabel] ?? "", status: State }));
  }

  /**
   * Makes the attempt's container, its files in it, and starts it. One of that name which has never run is made again, since
   * nobody knows how far its making came; one that has is left as it is. FlyteError when a stranger has the name.
   */
  async run(
    spec: ComputeSpec,
    given: { readonly variables: Readonly<Record<string, string>>; readonly files: ReadonlyMap<string, string> },
    created: (id: string) => void,
  ): Promise<string> {
    const { id, hasRun } = await this.#create(spec, given.variables);
    created(id);
    if (hasRun) return id;
    if (given.files.size > 0) await this.#docker.getContainer(id).putArchive(archive(given.files), { path: "/" });
    if (spec.directories?.length) await this.#putDirectories(id, spec.directories);
    try {
      await this.#docker.getContainer(id).start();
    } catch (error) {
      if (statusOf(error) === 304) return id;
      if (!this.#settings.init || !/docker-init/.test(engineFailure(error).message)) throw error;
      // An engine without that program.
      this.#settings = { ...this.#settings, init: false };
      await this.remove(id);
      return this.run(spec, given, created);
    }
    return id;
  }

  async #create(
    spec: ComputeSpec,
    variables: Readonly<Record<string, string>>,
  ): Promise<{ readonly id: string; readonly hasRun: boolean }> {
    const options = containerOptions(spec, variables, this.#settings);
    try {
      return { id: (await this.#docker.createContainer(options)).id, hasRun: false };
    } catch (error) {
      if (engineFailure(error).kind !== "TAKEN") throw error;
      const name = containerName(this.#settings.owner, spec.name);
      const other = await this.#docker.getContainer(name).inspect();
      if (!isOwned(other.Config.Labels, this.#settings.owner)) {
        throw new FlyteError({
          code: "CONTAINER_NAME_TAKEN",
          blame: "environment",
          message: `there is a container ${name} already, which is not this sandbox's`,
          hint: `remove it with: docker rm --force ${name}`,
        });
      }
      if (other.State.Status !== "created") return { id: other.Id, hasRun: true };
      await this.remove(other.Id);
      return { id: (await this.#docker.createContainer(options)).id, hasRun: false };
    }
  }

  async #putDirectories(id: string, directories: readonly ComputeDirectory[]): Promise<void> {
    const stop = new AbortController();
    const archive = packDirectories(directories, (error) => stop.abort(error));
    await this.#docker.getContainer(id).putArchive(archive, { path: "/", abortSignal: stop.signal });
  }

  /**
   * Brings a directory of a container that has ended to this machine, in place of what is there. Not by a mount: what the image's
   * user has made would be that user's here, and an engine in a virtual machine mounts no directory of this one. One that the
   * task has removed is not brought.
   */
  async bring(id: string, { host, path }: ComputeDirectory): Promise<void> {
    let archive: Readable;
    try {
      archive = (await this.#docker.getContainer(id).getArchive({ path })) as Readable;
    } catch (error) {
      if (statusOf(error) === 404) return;
      throw error;
    }
    const partial = `${host}.partial`;
    await rm(partial, { recursive: true, force: true });
    await unpackDirectory(archive, partial);
    await rm(host, { recursive: true, force: true });
    await rename(partial, host);
  }

  /** Undefined when there is no such container. */
  async state(id: string): Promise<ContainerState | undefined> {
    try {
      return containerState((await this.#docker.getContainer(id).inspect()).State);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** What it wrote; with `follow`, what comes until its end. */
  async *log(id: string, follow: boolean, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const container = this.#docker.getContainer(id);
    const both = { stdout: true, stderr: true };
    if (!follow) return yield* demultiplex(Readable.from([await container.logs({ ...both, follow: false })]));
    const stream = (await container.logs({ ...both, follow: true, ...(signal && { abortSignal: signal }) })) as unknown as Readable;
    try {
      yield* demultiplex(stream);
    } finally {
      stream.destroy();
    }
  }

  /** SIGTERM, and SIGKILL after `graceSeconds`. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    await ignoring([304, 404], this.#docker.getContainer(id).stop({ t: graceSeconds }));
  }

  /** With the volumes that its image asked for. 409: somebody else removes it just now. */
  async remove(id: string): Promise<void> {
    await ignoring([404, 409], this.#docker.getContainer(id).remove({ force: true, v: true }));
  }
}

async function ignoring(statuses: readonly number[], work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}

/** By absolute path; readable by whoever the image runs as, in a container that is the attempt's alone. */
function archive(files: ReadonlyMap<string, string>): Readable {
  const tar = pack();
  for (const [path, content] of files) tar.entry({ name: path.replace(/^\//, ""), mode: 0o444 }, content);
  tar.finalize();
  return Readable.from(tar, { objectMode: false });
}
