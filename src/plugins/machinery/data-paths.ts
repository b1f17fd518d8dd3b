/** Where a raw container has its inputs and leaves its outputs, unless its task says so. Flyte's own defaults. */
export const dataPaths = { inputs: "/var/flyte/inputs", outputs: "/var/flyte/outputs" } as const;

/** Milliseconds for all inputs of an attempt, and for all its outputs. */
export const dataTimeout = 3_600_000;
