/** The parts of an image's name, as a kustomization takes them: `host:5000/team/name:tag@sha256:…`. */
export interface ImageReference {
  readonly newName: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/** Parts an image's name; without tag and digest it has Docker's `latest`. */
export function imageReference(image: string): ImageReference {
  const [named = "", digest] = image.split("@", 2);
  // A colon before the last slash belongs to a registry's port.
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const newName = colon === -1 ? named : named.slice(0, colon);
  if (digest !== undefined) return { newName, digest };
  return { newName, newTag: colon === -1 ? "latest" : named.slice(colon + 1) };
}
