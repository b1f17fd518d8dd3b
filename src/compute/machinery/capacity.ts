import { formatBytes } from "../../std/quantity.ts";

/** What a slot is held for. */
export interface Tenant {
  /** It takes none of the slots: whoever it waits for needs them. */
  readonly waitsForOthers: boolean;
  /** Bytes it reserves. */
  readonly memory: number;
}

/** Of those that wait for others, so many at a time. */
const mostWaiting = 64;

/** Slots, and memory where it is limited. */
export class Capacity {
  readonly #slots: number;
  readonly #memory: number | undefined;
  readonly #tenants = new Set<Tenant>();

  constructor(slots: number, memory: number | undefined) {
    this.#slots = slots;
    this.#memory = memory;
  }

  take(tenant: Tenant): void {
    this.#tenants.add(tenant);
  }

  release(tenant: Tenant): void {
    this.#tenants.delete(tenant);
  }

  /** Why the tenant has to wait; undefined when it need not. One that asks for more memory than there is gets in when nobody else is. */
  shortage(tenant: Tenant): string | undefined {
    let taken = 0;
    for (const { waitsForOthers } of this.#tenants) if (waitsForOthers === tenant.waitsForOthers) taken++;
    const slots = tenant.waitsForOthers ? mostWaiting : this.#slots;
    if (taken >= slots) return `waiting for a free slot (${taken} of ${slots} in use)`;
    if (this.#memory === undefined || taken === 0) return undefined;
    let used = 0;
    for (const { memory } of this.#tenants) used += memory;
    if (used + tenant.memory <= this.#memory) return undefined;
    return `waiting for ${formatBytes(tenant.memory)} of memory (${formatBytes(used)} of ${formatBytes(this.#memory)} in use)`;
  }
}
