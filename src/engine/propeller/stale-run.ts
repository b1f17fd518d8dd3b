/** Somebody else has saved this workflow since it was read: what this round did in memory is worth nothing. */
export class StaleRun extends Error {}
