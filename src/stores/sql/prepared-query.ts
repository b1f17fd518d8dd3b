import type { CompiledQuery, Kysely, QueryResult } from "kysely";
import type { Tables } from "./schema.ts";

/** Stands for a value that is given when the query runs. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A query that is built and compiled once, at its first run: that takes Kysely longer than the database takes to run it.
 * `build` may use the values it is given as values of columns only; all runs give the same names.
 */
export function preparedQuery<Values extends object, Row>(
  db: Kysely<Tables>,
  build: (values: Values) => { compile(): CompiledQuery<Row> },
): (values: Values) => Promise<QueryResult<Row>> {
  let compiled: CompiledQuery<Row> | undefined;
  return (values) => {
    compiled ??= build(Object.fromEntries(Object.keys(values).map((name) => [name, new Placeholder(name)])) as Values).compile();
    const given = values as Readonly<Record<string, unknown>>;
    const parameters = compiled.parameters.map((each) => (each instanceof Placeholder ? given[each.name] : each));
    return db.executeQuery({ ...compiled, parameters });
  };
}
