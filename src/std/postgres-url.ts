import { FlyteError } from "./errors.ts";

/** Whether a text names a Postgres database: postgres:// or postgresql://. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** The database without its password or options, for people and logs: `postgres://user@host:5432/name`. Throws DATABASE_URL_INVALID. */
export function postgresPlace(url: string): string {
  // Not passed on: an error of URL carries the whole text, password and all.
  if (!isPostgresUrl(url) || !URL.canParse(url)) throw invalid();
  const { username, host, pathname, searchParams } = new URL(url);
  const socket = searchParams.get("host");
  return `postgres://${username === "" ? "" : `${username}@`}${host === "" && socket !== null ? socket : host}${pathname}`;
}

function invalid(): FlyteError {
  return new FlyteError({
    code: "DATABASE_URL_INVALID",
    blame: "usage",
    message: "the address of the database cannot be read",
    hint: "write it as postgres://user:password@host:5432/database, special characters in the password as %XX",
  });
}
