/** Settings of one origin, by flytectl's key (`admin.endpoint`); `source` says where, for people. */
export interface ConfigLayer {
  readonly source: string;
  readonly values: ReadonlyMap<string, ConfigValue>;
  /** All keys of a file as they are written, also those of lists and of no value. */
  readonly keys: readonly string[];
}

export interface ConfigValue {
  readonly value: string | boolean;
  /** Where exactly: the flag, the variable, or the file. */
  readonly source: string;
}

/** A layer of the values that are set. */
export function configLayer(
  source: string,
  entries: readonly (readonly [key: string, value: string | boolean | undefined, source: string])[],
  keys: readonly string[] = [],
): ConfigLayer {
  const set = entries.flatMap(([key, value, from]) =>
    value === undefined || value === "" ? [] : [[key, { value, source: from }] as const],
  );
  return { source, values: new Map(set), keys };
}
