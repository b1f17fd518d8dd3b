import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { FlyteError, messageOf } from "../../std/errors.ts";
import type { Deployment } from "../deployment.ts";
import { md5Of, uploadContent } from "../transfer/upload-content.ts";
import type { Upload } from "./literal-input.ts";

/** Uploads local files and directories given as inputs through the deployment's data proxy. */
export function inputUpload({ admin, project, domain }: Deployment): Upload {
  return async (local, kind) => {
    const found = await stat(local).catch((error: unknown) => {
      throw unusable(local, kind, messageOf(error));
    });
    if (found.isDirectory() !== (kind === "directory"))
      throw unusable(local, kind, found.isDirectory() ? "it is a directory" : "it is a file");
    try {
      if (kind === "directory") return await uploadDirectory({ admin, project, domain }, local);
      // A pipe has no size that could be told before it is read.
      const content = found.isFile() ? { file: local } : await readFile(local);
      return await uploadContent(admin, { project, domain, filename: path.basename(local) }, content);
    } catch (error) {
      // What the system says of a file: no permission, gone meanwhile, changed while it was read.
      if (error instanceof Error && "syscall" in error && "path" in error) throw unusable(local, kind, messageOf(error));
      throw error;
    }
  };
}

/** All files below `directory` under one folder, named after their digest; its URI. */
async function uploadDirectory(deployment: Pick<Deployment, "admin" | "project" | "domain">, directory: string): Promise<string> {
  const files = await filesBelow(directory);
  if (files.length === 0) throw unusable(directory, "directory", "it holds no file");
  const digest = createHash("md5");
  for (const file of files)
    digest
      .update(file)
      .update("\0")
      .update(await md5Of({ file: path.join(directory, file) }));
  const filenameRoot = digest.digest("hex");
  let root = "";
  for (const file of files) {
    const filename = file.split(path.sep).join("/");
    const { admin, project, domain } = deployment;
    const uri = await uploadContent(admin, { project, domain, filename, filenameRoot }, { file: path.join(directory, file) });
    root = uri.endsWith(`/${filename}`)
      ? uri.slice(0, -filename.length - 1)
      : uri.slice(0, uri.indexOf(filenameRoot) + filenameRoot.length);
  }
  return root;
}

/** The paths of all files, links to files among them; what would be left out silently is refused. */
async function filesBelow(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = path.relative(directory, path.join(entry.parentPath, entry.name));
    if (file.includes("\ufffd")) throw unusable(directory, "directory", `the name of ${file} is not UTF-8`);
    const found = entry.isFile() || (await stat(path.join(directory, file)));
    if (found !== true && !found.isFile())
      throw unusable(directory, "directory", `${file} is ${found.isDirectory() ? "a link to a directory" : "no file"}`);
    files.push(file);
  }
  return files.sort();
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
