import type { SandboxStatus } from "../sandbox/sandbox-status.ts";
import { ok, problem, warning } from "./check.ts";
import type { Check } from "./check.ts";

/** One check a sandbox; `version` is this package's. */
export function checkSandboxes(sandboxes: readonly SandboxStatus[], version: string): Check[] {
  if (sandboxes.length === 0) return [ok("sandbox", "none was started yet")];
  return sandboxes.map((sandbox) => {
    const { name, state, endpoints } = sandbox;
    const named = name === "flyte" ? "" : ` --name ${name}`;
    const where = endpoints ? ` on ${endpoints.admin}` : "";
    if (state === "not-responding")
      return problem("sandbox", `${name} is there${where} but does not answer`, `see why with: flyte sandbox logs${named}`);
    if (state === "running" && sandbox.version !== version)
      return warning(
        "sandbox",
        `${name} runs version ${sandbox.version ?? "unknown"}${where}, this package is ${version}`,
        `take the new one with: flyte sandbox stop${named} && flyte sandbox start${named}`,
      );
    if (sandbox.python && sandbox.python.flytekit === null)
      return warning(
        "sandbox",
        `${name} is running${where}, but ${sandbox.python.interpreter === null ? "has no Python" : `the Python of its tasks, ${sandbox.python.interpreter}, has no flytekit`}`,
        `name one that has: flyte sandbox stop${named} && flyte sandbox start${named} --python PATH`,
      );
    return ok("sandbox", `${name} is ${state}${where}`);
  });
}
