/**
 * Where the object of a key lies below its bucket's directory. A key's segments are directories and its last one a file, under their own names
 * wherever a file system can hold those. Other names begin with `%~` and a letter:
 *   e  an escaped segment (`.`, `..`, empty, with NUL, beginning with `%~`, or the end of a long one)
 *   c  the beginning of a segment too long for one name; the rest is inside
 *   o  an object whose own name is taken by a directory: of `a`, when there is `a/b`
 *   p  the same for an escaped last segment
 * No two keys share a path.
 */
export interface KeyPath {
  readonly directories: readonly string[];
  readonly name: string;
  /** The file's name while `name` is a directory. */
  readonly beside: string;
}

/** Most file systems end at 255 bytes; the mark has to fit too. */
const longestName = 240;

export function keyPath(key: string): KeyPath {
  const segments = key.split("/");
  const last = namesOf(segments.pop() ?? "");
  const name = last.at(-1) ?? "";
  return { directories: [...segments.flatMap(namesOf), ...last.slice(0, -1)], name, beside: besideOf(name) };
}

/** The other name of an object's file. */
export function besideOf(name: string): string {
  return name.startsWith("%~e") ? `%~p${name.slice(3)}` : `%~o${name}`;
}

/** What a directory entry stands for: text to add to the key; undefined for names no key leads to. */
export interface NameMeaning {
  readonly text: string;
  /** `whole` ends a segment; `begun` is followed by more of it; `beside` is always a file. */
  readonly part: "whole" | "begun" | "beside";
}

export function meaningOf(name: string): NameMeaning | undefined {
  if (!name.startsWith("%~")) return Buffer.byteLength(name) > longestName ? undefined : { text: name, part: "whole" };
  const rest = name.slice(3);
  switch (name[2]) {
    case "e":
      return { text: unescapeText(rest), part: "whole" };
    case "c":
      return { text: unescapeText(rest), part: "begun" };
    case "o":
      return { text: rest, part: "beside" };
    case "p":
      return { text: unescapeText(rest), part: "beside" };
    default:
      return undefined;
  }
}

function namesOf(segment: string): string[] {
  if (isPlain(segment)) return [segment];
  const names: string[] = [];
  let text = "";
  for (const character of segment) {
    const escaped = character === "%" ? "%25" : character === "\0" ? "%00" : character;
    if (Buffer.byteLength(text + escaped) > longestName) {
      names.push(`%~c${text}`);
      text = "";
    }
    text += escaped;
  }
  return [...names, `%~e${text}`];
}

function isPlain(segment: string): boolean {
  if (segment === "" || segment === "." || segment === ".." || segment.includes("\0") || segment.startsWith("%~")) return false;
  return Buffer.byteLength(segment) <= longestName;
}

function unescapeText(text: string): string {
  return text.replaceAll("%00", "\0").replaceAll("%25", "%");
}
