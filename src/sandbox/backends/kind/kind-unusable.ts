import type { SandboxPlan } from "../../sandbox-plan.ts";
import { messageOf } from "../../../std/errors.ts";
import { findKind } from "./find-kind.ts";
import { ownEngineImage } from "./kind-settings.ts";

/** Why a sandbox on kind cannot be had on this machine without more ado; undefined when it can. The cheapest look comes first. */
export async function kindUnusable({ kind, version }: SandboxPlan): Promise<string | undefined> {
  if (findKind(process.env) === undefined) return "there is no kind on PATH";
  try {
    const [{ openDocker }, { imageInEngine }] = await Promise.all([
      import("../../../compute/docker/docker-engine.ts"),
      import("../../../compute/docker/image-in-engine.ts"),
    ]);
    const { docker } = await openDocker(process.env);
    const image = kind.engineImage ?? ownEngineImage(version);
    if ((await imageInEngine(docker, image)) === undefined) return `Docker has no image ${image}, which flyte sandbox build-image makes`;
    return undefined;
  } catch (error) {
    return messageOf(error)
      .split("\n", 2)
      .map((line) => line.trim())
      .join(" ");
  }
}
