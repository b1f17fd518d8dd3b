import { type Role, roles } from "../engine/engine.ts";
import { FlyteError } from "../std/errors.ts";

/** `admin,datacatalog` or `all` as roles. Throws ROLE_UNKNOWN. */
export function rolesOf(list: string): readonly Role[] {
  const names = list === "all" ? roles : list.split(",");
  const known = names.filter((name): name is Role => roles.some((role) => role === name));
  if (known.length > 0 && known.length === names.length) return known;
  throw new FlyteError({
    code: "ROLE_UNKNOWN",
    blame: "usage",
    message: `"${list}" names no roles`,
    hint: `write --role and one or more of ${roles.join(", ")}, with commas between; or all`,
  });
}
