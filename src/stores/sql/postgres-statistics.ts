import type { QueryResult } from "pg";

const writesBetweenLooks = 200;

// A page of the list, of a few hundred rows at least. `relpages` is 0 before the first look of anyone's.
const grown = `
  select quote_ident(relname) as name from pg_class
  where relnamespace = (select oid from pg_namespace where nspname = current_schema()) and relkind = 'r'
    and pg_relation_size(oid) / current_setting('block_size')::bigint > 10 * greatest(relpages, 1)`;

/**
 * Has tables analysed as soon as they have grown tenfold. Until then Postgres guesses that a project has a row or two, and
 * may read all of its rows by whichever index comes first, for one; its own autovacuum gets round to it after a minute.
 */
export class PostgresStatistics {
  readonly #run: (text: string) => Promise<QueryResult<{ readonly name: string }>>;
  #writes = 0;
  #looking = false;

  constructor(run: (text: string) => Promise<QueryResult<{ readonly name: string }>>) {
    this.#run = run;
  }

  /** After so many writes were committed. */
  committed(writes: number): void {
    this.#writes += writes;
    if (this.#looking || this.#writes < writesBetweenLooks) return;
    this.#writes = 0;
    this.#looking = true;
    // Whatever prevents it, autovacuum is still there.
    void this.#look()
      .catch(() => {})
      .finally(() => (this.#looking = false));
  }

  async #look(): Promise<void> {
    const { rows } = await this.#run(grown);
    if (rows.length > 0) await this.#run(`analyze ${rows.map((row) => row.name).join(", ")}`);
  }
}
