import { formatBytes } from "../../std/quantity.ts";

/** What a slot is held for. */
export interface Tenant {
  /** Bytes it reserves. */
  readonly memory: number;
}

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
    const taken = this.#tenants.size;
    if (taken >= this.#slots) return `waiting for a free slot (${taken} of ${this.#slots} in use)`;
    if (this.#memory === undefined || taken === 0) return undefined;
    let used = 0;
    for (const { memory } of this.#tenants) used += memory;
    if (used + tenant.memory <= this.#memory) return undefined;
    return `waiting for ${formatBytes(tenant.memory)} of memory (${formatBytes(used)} of ${formatBytes(this.#memory)} in use)`;
  }
}
