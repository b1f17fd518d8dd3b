import type Docker from "dockerode";
import { statusOf } from "./docker-status.ts";

/** The id of an image that the Docker engine has, `sha256:…`; undefined when it has none of that name. */
export async function imageInEngine(docker: Docker, image: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Id;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
