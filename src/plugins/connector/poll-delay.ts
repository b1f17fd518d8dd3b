const soonest = 250;
/** Times are multiples of it, so that what is due at about the same time is looked at in one round. */
const grain = 50;

/** Milliseconds until a job that has run for `age` is asked about again: an eighth of that, at least a quarter of a second, at most `longest`. */
export function pollDelay(age: number, longest: number): number {
  const delay = Math.min(longest, Math.max(soonest, age / 8));
  return Math.ceil(delay / grain) * grain;
}
