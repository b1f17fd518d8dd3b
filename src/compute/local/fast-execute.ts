import { basename } from "node:path";

/** A command that wants code fetched first. */
export interface FastExecute {
  /** URI of the archive, where there is one. */
  readonly distribution: string | undefined;
  readonly command: readonly string[];
}

/** Takes `pyflyte-fast-execute --additional-distribution URI --dest-dir DIR -- COMMAND…` apart; undefined for other commands. */
export function parseFastExecute(command: readonly string[]): FastExecute | undefined {
  if (basename(command[0] ?? "") !== "pyflyte-fast-execute") return undefined;
  let distribution: string | undefined;
  let at = 1;
  for (; at < command.length; at++) {
    const word = command[at] ?? "";
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("--")) break;
    const equals = word.indexOf("=");
    const option = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? command[++at] : word.slice(equals + 1);
    // The other option, --dest-dir, names a place in an image; here the code goes to a directory of ours.
    if (option === "--additional-distribution") distribution = value;
  }
  return { distribution: distribution || undefined, command: command.slice(at) };
}

/** As pyflyte-fast-execute does: tells the entry point where the code came from, for tasks that make tasks. */
export function withDistribution(command: readonly string[], distribution: string, directory: string): string[] {
  const options = ["--dynamic-addl-distro", distribution, "--dynamic-dest-dir", directory];
  return command.flatMap((word) => (word === "--resolver" ? [...options, word] : [word]));
}
