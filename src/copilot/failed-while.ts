import { messageOf } from "../std/errors.ts";

/** Does `work`; whatever it throws is told with what was being done before it, as Go's programs do. */
export async function failedWhile<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new Error(`${doing}: ${messageOf(thrown)}`, { cause: thrown });
  }
}
