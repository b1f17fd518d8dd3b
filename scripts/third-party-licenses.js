import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Writes the licences of all packages that the bundles hold, found by esbuild's list of inputs, into one file. */
export async function writeThirdPartyLicenses(root, metafiles, target) {
  const directories = new Set();
  for (const { inputs } of metafiles) {
    for (const input of Object.keys(inputs)) {
      const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
      if (match) directories.add(match[1]);
    }
  }
  const parts = [];
  for (const directory of [...directories].toSorted((a, b) => a.localeCompare(b))) {
    const { name, version, license } = JSON.parse(await readFile(path.join(root, directory, "package.json"), "utf8"));
    const file = (await readdir(path.join(root, directory))).find((entry) => /^(licen[cs]e|copying)(\.|-|$)/i.test(entry));
    const text = file ? (await readFile(path.join(root, directory, file), "utf8")).trim() : `Licence: ${license}`;
    parts.push(`${name} ${version} (${license})\n\n${text}\n`);
  }
  if (parts.length === 0) throw new Error("the bundles hold no package: the list of inputs has changed its form");
  await writeFile(target, `This software holds the packages below.\n\n${parts.join(`\n${"-".repeat(100)}\n\n`)}`);
  return parts.length;
}
