/** Whose containers: a sandbox, by its name and the directory of its data, for names are used again elsewhere. */
export interface ContainerOwner {
  readonly sandbox: string;
  readonly dataDirectory: string;
}

export const attemptLabel = "flyte.dev/attempt";

/** What all containers of an owner carry: they are found by it, and nothing else is touched. */
export function ownerLabels({ sandbox, dataDirectory }: ContainerOwner): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/managed-by": "flyte", "flyte.dev/sandbox": sandbox, "flyte.dev/data-directory": dataDirectory };
}

/** As Docker's filters have them. */
export function ownerFilter(owner: ContainerOwner): string[] {
  return Object.entries(ownerLabels(owner)).map(([name, value]) => `${name}=${value}`);
}

export function isOwned(labels: Readonly<Record<string, string>> | undefined, owner: ContainerOwner): boolean {
  return Object.entries(ownerLabels(owner)).every(([name, value]) => labels?.[name] === value);
}
