import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

/** What the daemon found out about the interpreter of its tasks, in the background. */
export interface PythonStatus {
  readonly interpreter: string | null;
  readonly python: string | null;
  readonly flytekit: string | null;
}

/**
 * Whether it is known without running it that an interpreter has no flytekit: by what the last daemon found out, or by the files
 * of its virtual environment. Running it is for the daemon, later: an interpreter behind a version manager takes 200 ms.
 */
export async function isFlytekitMissing(interpreter: string, dataDir: string): Promise<boolean> {
  const known = await pythonStatus(dataDir);
  if (known?.interpreter === interpreter && known.python !== null) return known.flytekit === null;
  const environment = path.dirname(path.dirname(interpreter));
  try {
    const settings = await readFile(path.join(environment, "pyvenv.cfg"), "utf8");
    if (/^include-system-site-packages\s*=\s*true/im.test(settings)) return false;
    const libraries = (await readdir(path.join(environment, "lib"))).filter((name) => name.startsWith("python"));
    const packages = await Promise.all(libraries.map((name) => readdir(path.join(environment, "lib", name, "site-packages"))));
    // An editable installation is a .pth or finder file of that name.
    return libraries.length > 0 && !packages.flat().some((name) => /flytekit/i.test(name));
  } catch {
    return false;
  }
}

/** What the daemon of a data directory found out of its interpreter; null before it did. */
export async function pythonStatus(dataDir: string): Promise<PythonStatus | null> {
  try {
    return JSON.parse(await readFile(path.join(dataDir, "python.json"), "utf8")) as PythonStatus;
  } catch {
    return null;
  }
}
