import { systemClock } from "../std/clock.ts";
import { messageOf } from "../std/errors.ts";
import { goDuration } from "../std/go-duration.ts";

/** Does `work` within the time that there is, or until `end`; what failed, if anything did. */
export async function failureWithin(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<void>,
  end?: AbortSignal,
): Promise<string | undefined> {
  const late = new AbortController();
  const stop = systemClock.at(systemClock.now() + milliseconds, () =>
    late.abort(new Error(`it was not done after ${goDuration(milliseconds / 1000)}`)),
  );
  try {
    await work(end ? AbortSignal.any([late.signal, end]) : late.signal);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  } finally {
    stop();
  }
}
