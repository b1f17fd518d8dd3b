import path from "node:path";

/** The path of `name` in `directory`. Throws where the name would lead elsewhere: names come from literals, which anyone may have made. */
export function nameWithin(directory: string, name: string): string {
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) {
    throw new Error(`[${name.slice(0, 100)}] cannot be the name of a file`);
  }
  return path.join(directory, name);
}
