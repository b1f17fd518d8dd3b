import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";

/** A line of JSON each to `write`: time, level, message, fields. */
export function jsonLogger(clock: Clock, write: (line: string) => void): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, message, ...fields }, plainError)}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function plainError(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) };
  return typeof value === "bigint" ? String(value) : value;
}
