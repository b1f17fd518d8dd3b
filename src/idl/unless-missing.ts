import { hasStatus } from "./status.ts";

/** What `ask` gives; undefined when it rejects with NOT_FOUND. */
export async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) return undefined;
    throw thrown;
  }
}
