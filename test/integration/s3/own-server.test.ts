import { blobStoreContract } from "../../contract/blob-store-contract.ts";
import { credentials, servedStore } from "../objects/opened-store.ts";
import { openedS3Store } from "./opened-s3-store.ts";
import { s3ServerTests } from "../../contract/s3-server-contract.ts";

const open = async (clientEndpoint?: string) => {
  const { endpoint, base, ...server } = await servedStore();
  const close = () => server[Symbol.asyncDispose]();
  return await openedS3Store({ endpoint, base, ...credentials, close, ...(clientEndpoint !== undefined && { clientEndpoint }) });
};

blobStoreContract("S3, our own server", open);
s3ServerTests("our own server", open);
