import type Docker from "dockerode";
import { createServer } from "node:net";
import { FlyteError } from "../../std/errors.ts";

/** How containers reach listeners of this machine. */
export interface TaskNetwork {
  /** The address that listeners for them are bound to, and no other. */
  readonly bind: string;
  /** What they call it. */
  readonly host: string;
}

const bridge = "bridge";
/** What Docker Desktop, and its like, hand on to this machine's loopback. */
const desktopHost = "host.docker.internal";

/**
 * The gateway of the engine's bridge, where that is an address of this machine: containers reach it, and nobody from outside
 * does. An engine in a virtual machine of its own (Docker Desktop) hands its `host.docker.internal` on to the loopback
 * instead. SANDBOX_DOCKER_NETWORK when containers could not reach this machine: an engine elsewhere, a rootless one, one without a bridge.
 */
export async function taskNetwork(docker: Docker, platform: NodeJS.Platform = process.platform): Promise<TaskNetwork> {
  const { OperatingSystem, SecurityOptions } = (await docker.info()) as {
    readonly OperatingSystem: string;
    readonly SecurityOptions?: readonly string[];
  };
  if (OperatingSystem === "Docker Desktop" || platform !== "linux") return { bind: "127.0.0.1", host: desktopHost };
  if (SecurityOptions?.some((option) => option.startsWith("name=rootless"))) throw unreachable("it is a rootless one", "its bridge");
  const gateway = await bridgeGateway(docker);
  if (gateway === undefined) throw unreachable("it has no bridge network", "the bridge");
  if (!(await isOwnAddress(gateway))) throw unreachable("it is not on this machine", `the bridge's gateway ${gateway}`);
  return { bind: gateway, host: gateway };
}

async function bridgeGateway(docker: Docker): Promise<string | undefined> {
  try {
    const { IPAM } = (await docker.getNetwork(bridge).inspect()) as {
      readonly IPAM?: { readonly Config?: readonly { readonly Gateway?: string; readonly Subnet?: string }[] };
    };
    return IPAM?.Config?.map(({ Gateway }) => Gateway).find((gateway) => gateway?.includes("."));
  } catch {
    return undefined;
  }
}

/** By binding to it: a bridge without containers is in no list of interfaces. */
function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}

function unreachable(why: string, what: string): FlyteError {
  return new FlyteError({
    code: "SANDBOX_DOCKER_NETWORK",
    blame: "environment",
    message: `containers of this Docker engine cannot reach this machine: ${why}, and ${what} is no address of this machine`,
    hint: "name an engine of this machine in DOCKER_HOST, or run tasks as processes: --compute local",
  });
}
