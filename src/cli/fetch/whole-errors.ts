import { hasStatus } from "../../idl/status.ts";
import type { ErrorView } from "../views/error-view.ts";
import { inParallel } from "./in-parallel.ts";

// Lists hold the first 100 bytes of an error's message. Flyte: repositories/transformers trimErrorMessage.
const cutAt = 100;
const atOnce = 8;
const most = 100;

/** The views of a list, those whose errors were cut there (the first 100 of them) asked for one by one. */
export async function withWholeErrors<View extends { readonly error: ErrorView | null }>(
  views: readonly View[],
  fetch: (view: View) => Promise<View>,
): Promise<View[]> {
  const whole = [...views];
  const cut = [...views.entries()].filter(([, { error }]) => error !== null && Buffer.byteLength(error.message) >= cutAt).slice(0, most);
  await inParallel(cut, atOnce, async ([index, view]) => {
    whole[index] = await fetch(view).catch((error: unknown) => {
      if (hasStatus(error, "NOT_FOUND")) return view;
      throw error;
    });
  });
  return whole;
}
