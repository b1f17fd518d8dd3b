import { FlyteError } from "../../std/errors.ts";

/** `flyte-engine:dev`, `registry.example.com:5000/team/node@sha256:…`, an id. */
const pattern = /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** `name` when it can name an image; ENGINE_IMAGE_NAME_INVALID says which flag it was given to. */
export function checkImageName(name: string, flag: "--tag" | "--base"): string {
  if (name.length <= 255 && pattern.test(name)) return name;
  throw new FlyteError({
    code: "ENGINE_IMAGE_NAME_INVALID",
    blame: "usage",
    message: `"${name}" cannot name an image`,
    hint: `use lower-case letters, digits, dots and hyphens, and a tag behind a colon, e.g. ${flag} ${flag === "--tag" ? "flyte-engine:dev" : "node:24-slim"}`,
    details: { name },
  });
}

/** With `:latest` where the name has no tag. */
export function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
