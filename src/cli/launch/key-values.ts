import { FlyteError } from "../../std/errors.ts";

/** `KEY=VALUE` pairs of a flag; the last of a key wins. FlyteError for one without "=" or key. */
export function keyValues(pairs: readonly string[] | undefined, flag: string): Record<string, string> {
  return Object.fromEntries(
    (pairs ?? []).map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) {
        throw new FlyteError({
          code: "PAIR_INVALID",
          blame: "usage",
          message: `${flag} ${pair} is not NAME=VALUE`,
          hint: `write it like: ${flag} name=value`,
          details: { flag, value: pair },
        });
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
