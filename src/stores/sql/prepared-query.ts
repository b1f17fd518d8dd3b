import type { CompiledQuery, Kysely, QueryResult } from "kysely";
import type { Tables } from "./schema.ts";

/** Stands for a value that is given when the query runs. */
class Placeholder {
  readonly row: number;
  readonly name: string;

  constructor(row: number, name: string) {
    this.row = row;
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
  const run = preparedRows<Values, Row>(db, ([values]) => build(values as Values));
  return (values) => run([values]);
}

/** As preparedQuery, of many rows at once: compiled once for every number of rows. All rows have the same names. */
export function preparedRows<Values extends object, Row>(
  db: Kysely<Tables>,
  build: (rows: readonly Values[]) => { compile(): CompiledQuery<Row> },
): (rows: readonly Values[]) => Promise<QueryResult<Row>> {
  const compiled = new Map<number, CompiledQuery<Row>>();
  const compile = (rows: readonly Values[]): CompiledQuery<Row> => {
    const names = Object.keys(rows[0] ?? {});
    const query = build(
      rows.map((_, row) => Object.fromEntries(names.map((name) => [name, new Placeholder(row, name)])) as Values),
    ).compile();
    compiled.set(rows.length, query);
    return query;
  };
  return (rows) => {
    const query = compiled.get(rows.length) ?? compile(rows);
    const given = rows as readonly Readonly<Record<string, unknown>>[];
    const parameters = query.parameters.map((each) => (each instanceof Placeholder ? given[each.row]?.[each.name] : each));
    return db.executeQuery({ ...query, parameters });
  };
}
