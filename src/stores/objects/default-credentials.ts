/** As Flyte's own sandbox has them, so that existing client configurations work unchanged. */
export const defaultBucket = "my-s3-bucket";
export const defaultRegion = "us-east-1";
