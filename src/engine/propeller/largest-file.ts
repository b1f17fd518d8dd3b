/** Bytes of a file of inputs or outputs that propeller reads or writes: what tasks leave, and what workflows are given, is bounded by admin. */
export const largestFile = 1 << 30;
