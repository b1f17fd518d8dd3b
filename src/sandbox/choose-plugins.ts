import { FlyteError } from "../std/errors.ts";
import { locateModule } from "../std/locate-module.ts";

/**
 * The task plugin modules of an embedded sandbox, as absolute paths: those that are named, as seen from `from`, else those
 * it had last time; `none` is none of them. FlyteError PLUGIN_MODULE_MISSING for a name that is not there.
 */
export function choosePlugins(
  asked: readonly string[] | undefined,
  kept: readonly string[] | undefined,
  from: string,
): readonly string[] | undefined {
  if (asked === undefined) return kept;
  const named = asked.filter((name) => name !== "none");
  const found = named.map((name) => {
    const place = locateModule(name, from);
    if (place !== undefined) return place;
    throw new FlyteError({
      code: "PLUGIN_MODULE_MISSING",
      blame: "usage",
      message: `there is no task plugin module ${name} in ${from}`,
      hint: "name a package that is installed here, or the path of its directory or file; --plugin none for no plugins",
      details: { module: name, from },
    });
  });
  return found.length === 0 ? undefined : found;
}
