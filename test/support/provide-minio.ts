import type { TestProject } from "vitest/node";
import { TestMinio } from "./minio.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A MinIO for all files, each test takes a bucket of its own. */
    minioEndpoint: string;
  }
}

/** One MinIO for the whole project; FLYTE_TEST_MINIO names the program, scripts/test.js finds or builds it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = process.env["FLYTE_TEST_MINIO"];
  if (!program) throw new Error("FLYTE_TEST_MINIO must name a MinIO: node scripts/test-minio.js builds one and says where");
  const minio = await TestMinio.start(program);
  project.provide("minioEndpoint", minio.endpoint);
  return () => minio[Symbol.asyncDispose]();
}
