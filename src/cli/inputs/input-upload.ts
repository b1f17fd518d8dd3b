import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { FlyteError, messageOf } from "../../std/errors.ts";
import type { Deployment } from "../deployment.ts";
import { uploadBytes } from "../transfer/upload-bytes.ts";
import type { Upload } from "./literal-input.ts";

/** Uploads local files and directories given as inputs through the deployment's data proxy. */
export function inputUpload({ admin, project, domain }: Deployment): Upload {
  return async (local, kind) => {
    const found = await stat(local).catch((error: unknown) => {
      throw unusable(local, kind, messageOf(error));
    });
    if (found.isDirectory() !== (kind === "directory"))
      throw unusable(local, kind, found.isDirectory() ? "it is a directory" : "it is a file");
    if (kind === "file") return uploadBytes(admin, { project, domain, filename: path.basename(local) }, await readFile(local));
    return uploadDirectory({ admin, project, domain }, local);
  };
}

/** All files below `directory` under one folder, named after their digest; its URI. */
async function uploadDirectory(deployment: Pick<Deployment, "admin" | "project" | "domain">, directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
  if (files.length === 0) throw unusable(directory, "directory", "it holds no file");
  const digest = createHash("md5");
  for (const file of files)
    digest
      .update(file)
      .update("\0")
      .update(await readFile(path.join(directory, file)));
  const filenameRoot = digest.digest("hex");
  let root = "";
  for (const file of files) {
    const filename = file.split(path.sep).join("/");
    const { admin, project, domain } = deployment;
    const uri = await uploadBytes(admin, { project, domain, filename, filenameRoot }, await readFile(path.join(directory, file)));
    root = uri.endsWith(`/${filename}`)
      ? uri.slice(0, -filename.length - 1)
      : uri.slice(0, uri.indexOf(filenameRoot) + filenameRoot.length);
  }
  return root;
}

function unusable(local: string, kind: string, why: string): FlyteError {
  return new FlyteError({
    code: "INPUT_FILE_UNUSABLE",
    blame: "usage",
    message: `cannot take ${local} for the ${kind} of an input: ${why}`,
    hint: `give the path of a local ${kind}, or a URI such as s3://bucket/key`,
    details: { path: local },
  });
}
