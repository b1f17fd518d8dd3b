import { FlyteError } from "../../std/errors.ts";

/** MANIFEST_INVALID: `what` is wrong in `file`. */
export function manifestError(file: string, what: string): FlyteError {
  return new FlyteError({
    code: "MANIFEST_INVALID",
    blame: "usage",
    message: `${file}: ${what}`,
    hint: "correct the file; only the part of kustomize that Flyte's own manifests use is known here, kubectl kustomize knows all of it",
    details: { file },
  });
}
