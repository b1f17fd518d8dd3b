/** A label that every object of one deployment of ours carries: what lacks it is not ours. */
export interface OwnerLabel {
  /** `flyte.dev/sandbox` */
  readonly label: string;
  /** `default` */
  readonly value: string;
}

/** Who we are towards the API server, where several set fields of one object. */
export const fieldManager = "flyte";

/** `flyte.dev/sandbox=default` */
export function ownerSelector({ label, value }: OwnerLabel): string {
  return `${label}=${value}`;
}
