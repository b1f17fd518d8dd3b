/** Everything that is wrong with a value, a line each: `objects.port: 7 is … `. */
export class InvalidValue extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Where a value stands in the file, and what secrets may be taken from. */
export interface Place {
  /** `objects.port`; empty for the whole file. */
  readonly path: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/** Checks a plain value and gives it its type. Throws InvalidValue. */
export type Reader<T> = (value: unknown, place: Place) => T;

/** A field that may be left out. */
export interface Optional<T> {
  readonly optional: Reader<T>;
}

type Fields = Readonly<Record<string, Reader<unknown> | Optional<unknown>>>;
type OptionalNames<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type Mapping<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalNames<F>>]: F[K] extends Reader<infer T> ? T : never;
} & { readonly [K in OptionalNames<F>]?: F[K] extends Optional<infer T> ? T : never };

export function optional<T>(reader: Reader<T>): Optional<T> {
  return { optional: reader };
}

/** Values of keys that look like secrets are not shown. */
function invalid(place: Place, value: unknown, wanted: string): InvalidValue {
  const secret = /secret|password|database|accessKey/i.test(place.path);
  const shown = secret || value === undefined || typeof value === "object" ? kindOf(value) : JSON.stringify(value).slice(0, 100);
  return new InvalidValue([`${place.path || "the file"}: ${shown} is not ${wanted}`]);
}

function kindOf(value: unknown): string {
  return value == null ? "nothing" : Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

/** A value that `holds`; `wanted` names it in the refusal: "a URL such as http://minio:9000". */
export function value<T>(wanted: string, holds: (value: unknown) => value is T): Reader<T> {
  return (given, place) => {
    if (holds(given)) return given;
    throw invalid(place, given, wanted);
  };
}

export function textLike(wanted: string, holds: (text: string) => boolean): Reader<string> {
  return value(wanted, (given): given is string => typeof given === "string" && holds(given));
}

export const text: Reader<string> = textLike("text", (given) => given !== "");
export const flag: Reader<boolean> = value("true or false", (given): given is boolean => typeof given === "boolean");

export const hostAndPort: Reader<string> = textLike("host:port", (given) => /^[^\s/:]+:\d{1,5}$/.test(given));

export function integer(least: number, most: number): Reader<number> {
  const wanted = `a whole number from ${least} to ${most}`;
  return value(wanted, (given): given is number => Number.isInteger(given) && Number(given) >= least && Number(given) <= most);
}

export function oneOf<const T extends string>(...names: readonly T[]): Reader<T> {
  return value(`one of ${names.join(", ")}`, (given): given is T => names.some((name) => name === given));
}

export function listOf<T>(reader: Reader<T>, least = 0): Reader<readonly T[]> {
  return (given, place) => {
    if (!Array.isArray(given) || given.length < least) throw invalid(place, given, least > 0 ? "a list that is not empty" : "a list");
    return given.map((item, index) => reader(item, { ...place, path: `${place.path}[${index}]` }));
  };
}

/** Names of any kind to values of one. */
export function mapOf<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (given, place) => {
    if (!isMapping(given)) throw invalid(place, given, "a mapping");
    return Object.fromEntries(
      Object.entries(given).map(([name, item]) => [name, reader(item, { ...place, path: `${place.path}.${name}` })]),
    );
  };
}

/** Text as it stands, or `{env: NAME}`, or `{file: PATH}` whose content, without the end of its last line, is taken. */
export const secret: Reader<string> = (given, place) => {
  if (typeof given === "string" && given !== "") return given;
  if (isMapping(given) && Object.keys(given).length === 1) {
    const { env, file } = given;
    if (typeof env === "string") {
      const found = place.env[env];
      if (found) return found;
      throw new InvalidValue([`${place.path}: the environment has no ${env}`]);
    }
    if (typeof file === "string") {
      try {
        const found = place.readFile(file).replace(/\r?\n$/, "");
        if (found !== "") return found;
      } catch (error) {
        throw new InvalidValue([`${place.path}: ${error instanceof Error ? error.message : String(error)}`]);
      }
      throw new InvalidValue([`${place.path}: ${file} is empty`]);
    }
  }
  throw invalid(place, given, "text, {env: NAME} or {file: PATH}");
};

/** A mapping of known keys. All that is wrong with it is told at once. */
export function mapping<const F extends Fields>(fields: F): Reader<Mapping<F>> {
  const names = Object.keys(fields);
  return (given, place) => {
    if (!isMapping(given)) throw invalid(place, given, "a mapping");
    const at = (name: string): string => (place.path === "" ? name : `${place.path}.${name}`);
    const problems: string[] = [];
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(fields, name)) continue;
      const near = nearest(name, names);
      problems.push(
        `${at(name)}: there is no such key; ${near === undefined ? `known here: ${names.join(", ")}` : `did you mean ${near}?`}`,
      );
    }
    const read: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      const missing = given[name] === undefined || given[name] === null;
      if (missing && typeof field !== "function") continue;
      try {
        if (missing) throw new InvalidValue([`${at(name)}: it must be given`]);
        read[name] = (typeof field === "function" ? field : field.optional)(given[name], { ...place, path: at(name) });
      } catch (thrown) {
        if (!(thrown instanceof InvalidValue)) throw thrown;
        problems.push(...thrown.problems);
      }
    }
    if (problems.length > 0) throw new InvalidValue(problems);
    return read as Mapping<F>;
  };
}

function isMapping(given: unknown): given is Record<string, unknown> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** The name that was meant, if one is close. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const far = (known: string): number => distance(known.toLowerCase(), name.toLowerCase());
  const [best] = names.toSorted((one, two) => far(one) - far(two));
  return best !== undefined && far(best) <= 2 ? best : undefined;
}

/** Levenshtein's, between two short words. */
function distance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...two].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
