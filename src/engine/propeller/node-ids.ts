/** Flyte's ids of the two nodes every workflow has. */
export const startNodeId = "start-node";
export const endNodeId = "end-node";
