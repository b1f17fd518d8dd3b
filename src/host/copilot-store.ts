import type { BlobStore } from "../ports/blob-store.ts";
import { systemClock } from "../std/clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes that are read before they are sent: several files at a time, in a container of little memory. */
const partSize = 5 << 20;

/** The object store that the variables of a pod name, as they name it to flytekit. */
export async function copilotStoreOf(environment: Environment): Promise<BlobStore> {
  const endpoint = environment["FLYTE_AWS_ENDPOINT"];
  const accessKey = environment["FLYTE_AWS_ACCESS_KEY_ID"] ?? environment["AWS_ACCESS_KEY_ID"];
  const secretKey = environment["FLYTE_AWS_SECRET_ACCESS_KEY"] ?? environment["AWS_SECRET_ACCESS_KEY"];
  if (!accessKey || !secretKey) {
    throw new Error("the object store's keys are not there: FLYTE_AWS_ACCESS_KEY_ID and FLYTE_AWS_SECRET_ACCESS_KEY name them");
  }
  const { openS3BlobStore } = await import("../stores/s3/s3-blob-store.ts");
  const region = environment["AWS_REGION"] ?? regionOf(endpoint) ?? "us-east-1";
  return await openS3BlobStore({ accessKey, secretKey, region, partSize, clock: systemClock, ...(endpoint && { endpoint }) });
}

/** AWS's own addresses name theirs. */
function regionOf(endpoint: string | undefined): string | undefined {
  return /^https:\/\/s3\.([a-z0-9-]+)\.amazonaws\.com\/?$/.exec(endpoint ?? "")?.[1];
}
