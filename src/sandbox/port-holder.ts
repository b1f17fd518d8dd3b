import { readFileSync, readdirSync, readlinkSync } from "node:fs";

export interface PortHolder {
  readonly pid: number;
  readonly program: string;
}

/** Who listens on a TCP port of this machine, where that can be found out (Linux, own processes or root). */
export function portHolder(port: number): PortHolder | undefined {
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readLines(table).slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === "0A" && inode && Number.parseInt(local?.split(":")[1] ?? "", 16) === port) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of listDirectory("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of listDirectory(`/proc/${pid}/fd`)) {
      if (inodes.has(linkTarget(`/proc/${pid}/fd/${descriptor}`))) {
        return { pid: Number(pid), program: readLines(`/proc/${pid}/comm`)[0] ?? "a process" };
      }
    }
  }
  return undefined;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch {
    return [];
  }
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkTarget(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
