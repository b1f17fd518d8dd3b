import type { Clock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";

export const logLevels = ["info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * A line of JSON each to `write`: time, level, message, fields; nothing below `least`. Never throws: a log that cannot be
 * written (a full disk) stops nobody.
 */
export function jsonLogger(clock: Clock, write: (line: string) => void, least: LogLevel = "info"): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (logLevels.indexOf(level) < logLevels.indexOf(least)) return;
      const time = new Date(clock.now()).toISOString();
      try {
        write(`${json({ time, level, message, ...fields }) ?? json({ time, level, message })}\n`);
      } catch {
        // There is nowhere left to say so.
      }
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** Undefined for what has no JSON. */
function json(line: object): string | undefined {
  try {
    return JSON.stringify(line, plainError);
  } catch {
    return undefined;
  }
}

function plainError(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, ...(value.cause === undefined ? {} : { cause: value.cause }) };
  return typeof value === "bigint" ? String(value) : value;
}
