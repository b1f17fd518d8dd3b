import type { ContainerData } from "../../src/ports/container-data.ts";

const unexpected = (): Promise<never> => Promise.reject(new Error("no data were to be files"));

/** For tasks whose data are no files. */
export const noContainerData: ContainerData = { download: unexpected, upload: unexpected, told: unexpected };
