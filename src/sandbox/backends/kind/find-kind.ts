import { programsOnPath } from "../../../std/programs-on-path.ts";

/** The file that `kind` on PATH is; undefined when there is none. */
export function findKind(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return programsOnPath(process.platform === "win32" ? "kind.exe" : "kind", env)[0];
}
