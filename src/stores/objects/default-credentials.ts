/** What Flyte's own sandbox uses, so that existing client configurations work unchanged. */
export const defaultCredentials = { accessKey: "minio", secretKey: "miniostorage" } as const;
export const defaultBucket = "my-s3-bucket";
export const defaultRegion = "us-east-1";
