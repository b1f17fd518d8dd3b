import type { Kysely } from "kysely";
import { type Client, type ClientBase, type ClientConfig, Pool } from "pg";
import type { Clock } from "../../std/clock.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { randomText, systemRandom } from "../../std/random.ts";
import { connectPatiently, type Patience } from "./connect-patiently.ts";
import { GroupCommit } from "./group-commit.ts";
import { type Migration, migrate, migrations } from "./migrate.ts";
import { PostgresAnnouncements } from "./postgres-announcements.ts";
import { columnTypes, followIndexes, kyselyOverPostgres, postgresDialect, sessionSettings } from "./postgres-dialect.ts";
import { postgresPlace } from "../../std/postgres-url.ts";
import { PostgresStatistics } from "./postgres-statistics.ts";
import { PostgresWriter } from "./postgres-writer.ts";
import type { Tables } from "./schema.ts";
import type { SqlDatabase } from "./sql-database.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with libpq's parameters; tables are in the first schema of its search path. */
  readonly postgres: string;
  readonly clock: Clock;
  /**
   * A name that only one process at a time may hold on this database; another that opens with it is refused with
   * DATABASE_IN_USE. Who loses it writes nothing until it has it again. Default: none, any number of processes.
   */
  readonly holder?: string;
  /** Default: a server that is not there is an error at once. */
  readonly patience?: Patience;
  /** For tests of migrations; default: all there are. */
  readonly migrations?: readonly Migration[];
}

/** Readers at a time, and readers of lists that follow an index; one more connection writes, one listens. */
const readers = 4;
const listers = 2;
const connectTimeoutMs = 10_000;
/** One migrates, the others wait: the number is ours. */
const migrationLock = "7311870245";

/**
 * Opens and migrates a Postgres database, which other processes may use at the same time. Reads go to a pool, writes share
 * commits on one connection. Lost connections are UNAVAILABLE and opened again. Throws FlyteError (blame environment)
 * when it cannot be opened, is of a newer format, or not ours. Errors and texts never hold the password.
 */
export async function openPostgres(options: PostgresOptions): Promise<SqlDatabase> {
  const { postgres, clock, holder, patience, migrations: steps = migrations } = options;
  const place = postgresPlace(postgres);
  const config: ClientConfig = {
    connectionString: postgres,
    types: columnTypes,
    application_name: "flyte",
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
  };
  const opened: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (let close = opened.pop(); close; close = opened.pop()) await close().catch(() => {});
  };
  try {
    await migrateAlone(await connectPatiently(config, clock, patience), place, steps);
    const writer = new PostgresWriter(config);
    opened.push(() => writer.close());
    await writer.connect();
    const lost = (): void => void (writer.fenced = `another process serves as "${holder}" on this database`);
    const held = (): void => void (writer.fenced = undefined);
    const own = randomText(systemRandom, 16);
    const announcements = new PostgresAnnouncements(config, clock, own, holder === undefined ? undefined : { name: holder, lost, held });
    opened.push(() => announcements.close());
    await announcements.open();
    const statistics = new PostgresStatistics((text) => pool.query(text));
    const group = new GroupCommit(writer, (members) => statistics.committed(members));
    const readerOver = (connections: Pool): Kysely<Tables> => {
      // Of connections at rest; the pool opens others.
      connections.on("error", () => {});
      opened.push(() => connections.end());
      return kyselyOverPostgres<Tables>(async (query) => {
        group.assertOutside();
        return await connections.query(query);
      });
    };
    const pool = new Pool({ ...config, max: readers, idleTimeoutMillis: 0 });
    const reader = readerOver(pool);
    // Awaited before the connection is given out.
    const onConnect = (client: ClientBase): Promise<unknown> => client.query(followIndexes);
    const lists = new Pool({ ...config, max: listers, idleTimeoutMillis: 0, onConnect });
    const inOrder = readerOver(lists);
    const inside = kyselyOverPostgres<Tables>((query) => {
      group.assertInside();
      return writer.query(query);
    });
    let closed: Promise<void> | undefined;
    return {
      clock,
      dialect: postgresDialect,
      reader,
      inOrder,
      announcements,
      write: (work, kind) => group.write(() => work(inside), kind),
      close: () => (closed ??= group.close().then(closeAll)),
    };
  } catch (thrown) {
    await closeAll();
    if (thrown instanceof FlyteError) throw thrown;
    patience?.signal.throwIfAborted();
    throw cannotOpen(place, thrown);
  }
}

/** Several processes may start at once: one at a time looks at the format and raises it. */
async function migrateAlone(client: Client, place: string, steps: readonly Migration[]): Promise<void> {
  try {
    await client.query(sessionSettings);
    // The one who migrates may take its time.
    await client.query(`set lock_timeout = 0; select pg_advisory_lock(${migrationLock})`);
    const { rows } = await client.query<{ server_encoding: string }>("show server_encoding");
    if (rows[0]?.server_encoding !== "UTF8") {
      throw new FlyteError({
        code: "DATABASE_ENCODING",
        blame: "environment",
        message: `${place} keeps text as ${rows[0]?.server_encoding}`,
        hint: "make a database with: createdb --encoding UTF8 --template template0",
        details: { place },
      });
    }
    // No copy is made here: each step is one transaction, and copies of a server's databases are its owner's business.
    await migrate(
      kyselyOverPostgres((query) => client.query(query)),
      postgresDialect,
      place,
      () => {},
      steps,
    );
  } finally {
    await client.end().catch(() => {});
  }
}

const hints: Readonly<Record<string, string>> = {
  "3D000": "make it with: createdb",
  "28P01": "check the user and the password in its address",
  "28000": "check the user in its address, and the server's pg_hba.conf",
  "42501": "the role must be allowed to create tables: grant create on schema public to it",
};

function cannotOpen(place: string, thrown: unknown): FlyteError {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return new FlyteError({
    code: "DATABASE_OPEN_FAILED",
    blame: "environment",
    message: `cannot open the database ${place}: ${messageOf(cause) || code}`,
    hint: hints[code] ?? "check that the server runs and takes connections at that address",
    details: { place },
    cause: thrown,
  });
}
