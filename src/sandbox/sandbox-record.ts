import { readFile, readdir } from "node:fs/promises";
import { writePrivateFile } from "./private-file.ts";
import { sandboxesDirectory, sandboxPaths } from "./sandbox-paths.ts";

/** What a sandbox was started with; kept so that the next start is the same. Whether it runs is asked of the process. */
export interface SandboxRecord {
  readonly name: string;
  readonly backend: "embedded" | "kind";
  readonly portBase: number;
  readonly dataDir: string;
  /** Records of earlier versions leave it out where it is false. */
  readonly ephemeral?: boolean;
  readonly python?: string;
  /** Absolute paths of modules with task plugins. */
  readonly plugins?: readonly string[];
  readonly connectors?: readonly string[];
  /** Of Postgres, without the password: the whole address is in the daemon's configuration alone. Absent for SQLite. */
  readonly database?: string;
  /** The daemon last started; `startTicks` tells it from another process that got its pid. */
  readonly daemon?: { readonly pid: number; readonly identity: string };
  /** The engine whose containers its tasks are; absent where they are processes of this machine. */
  readonly docker?: DockerRecord;
  /** What a sandbox on kind is made of. */
  readonly kind?: KindRecord;
}

export interface DockerRecord {
  /** `unix:///var/run/docker.sock` */
  readonly address: string;
  readonly version?: string;
}

export interface KindRecord {
  /** Whether it was last started, and not stopped since. */
  readonly isUp: boolean;
  /** Of the node; kind's own default when absent. */
  readonly nodeImage?: string;
  readonly engineImage: string;
  readonly postgresImage: string;
  readonly minioImage: string;
  /** Of its registry of images; absent when it has none. */
  readonly registryImage?: string;
  /** A kind configuration of the user's. */
  readonly config?: string;
  /** Directories that the node sees. */
  readonly mounts: readonly string[];
}

export async function readRecord(name: string): Promise<SandboxRecord | undefined> {
  const file = sandboxPaths(name).record;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as SandboxRecord;
  } catch {
    // Torn by a full disk: as good as none, and the next start writes it anew.
    return undefined;
  }
}

export async function writeRecord(record: SandboxRecord): Promise<void> {
  const paths = sandboxPaths(record.name);
  await writePrivateFile(paths.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** Every sandbox there is a record of, running or not. */
export async function listRecords(): Promise<readonly SandboxRecord[]> {
  const directory = sandboxesDirectory();
  let names: string[];
  try {
    names = await readdir(directory);
  } catch {
    return [];
  }
  const records: SandboxRecord[] = [];
  for (const name of names) {
    if (!/^[a-z0-9][-a-z0-9]{0,39}$/.test(name)) continue;
    const record = await readRecord(name);
    if (record?.name === name) records.push(record);
  }
  return records;
}
