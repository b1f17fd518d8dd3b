import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Launcher, LaunchRequest } from "./launcher.ts";

const shim = fileURLToPath(new URL("./shim.py", import.meta.url));

/** A new interpreter for every task. */
export const coldLauncher: Launcher = {
  async launch(request: LaunchRequest, gone: (how: string) => void): Promise<void> {
    const { directory, interpreter, ...rest } = request;
    const log = await open(join(directory, "log"), "a", 0o600);
    try {
      // Detached: a session of its own, beyond the reach of signals to our group.
      const child = spawn(interpreter, ["-S", "-E", "-s", shim, directory], {
        detached: true,
        stdio: ["pipe", "ignore", log.fd],
        cwd: directory,
        env: { LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin" },
      });
      const spawned = once(child, "spawn");
      child.once("exit", (code, signal) => gone(signal ?? `exit code ${code}`));
      // The parent may be gone before it has read everything: `gone` tells.
      child.stdin?.on("error", () => {});
      await spawned;
      child.stdin?.end(JSON.stringify(rest));
      child.unref();
    } finally {
      await log.close();
    }
  },
};
