import { defaultPortBase, portBlock, takenPorts } from "../sandbox/port-block.ts";
import { portHolder } from "../sandbox/port-holder.ts";
import type { SandboxStatus } from "../sandbox/sandbox-status.ts";
import { ok, warning } from "./check.ts";
import type { Check } from "./check.ts";

/** Who holds the ports that the default sandbox takes. */
export async function checkPorts(sandboxes: readonly SandboxStatus[]): Promise<Check> {
  const block = portBlock(defaultPortBase);
  const owner = sandboxes.find((sandbox) => sandbox.endpoints?.admin.endsWith(`:${block.admin}`));
  if (owner) return ok("ports", `${block.admin}, ${block.adminAlternative} and ${block.blob} are the sandbox ${owner.name}'s`);
  const taken = await takenPorts(block);
  if (taken.length === 0) return ok("ports", `${block.admin}, ${block.adminAlternative} and ${block.blob} are free`);
  const held = taken.map((port) => {
    const holder = portHolder(port);
    return `${port} is used by ${holder ? `${holder.program} (pid ${holder.pid})` : "another process"}`;
  });
  return warning("ports", held.join("; "), `stop it, or run: flyte sandbox start --port-base ${block.base + 1000}`);
}
