import { type Compilable, type CompiledQuery, type Dialect, Kysely, type QueryResult } from "kysely";

type Run = <R>(query: CompiledQuery<R>) => Promise<QueryResult<R>>;

/**
 * Kysely that hands a compiled query straight to the one connection there is. Its own way there is longer, and on SQLite
 * every query that waits for the connection looks at its lock whenever another is done: a hundred at once take ten thousand looks.
 */
export class DirectKysely<DB> extends Kysely<DB> {
  readonly #run: Run;

  constructor(dialect: Dialect, run: Run) {
    super({ dialect });
    this.#run = run;
  }

  override executeQuery<R>(query: CompiledQuery<R> | Compilable<R>): Promise<QueryResult<R>> {
    return this.#run("compile" in query ? query.compile() : query);
  }
}
