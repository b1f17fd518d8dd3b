/** Who of this process waits for a reservation to be given up. */
export interface ReservationWaiters {
  /** Has `wake` called once when `key` is given up; what the owner waited with before is forgotten. */
  wait(key: string, ownerId: string, wake: () => void): void;
  forget(key: string, ownerId: string): void;
  /** `key` was given up. */
  released(key: string): void;
}

/** Waiters of one process. */
export function createReservationWaiters(): ReservationWaiters {
  const waiters = new Map<string, Map<string, () => void>>();
  return {
    wait(key, ownerId, wake) {
      const own = waiters.get(key) ?? new Map<string, () => void>();
      waiters.set(key, own.set(ownerId, wake));
    },
    forget(key, ownerId) {
      const own = waiters.get(key);
      own?.delete(ownerId);
      if (own?.size === 0) waiters.delete(key);
    },
    released(key) {
      const woken = waiters.get(key);
      waiters.delete(key);
      for (const wake of woken?.values() ?? []) wake();
    },
  };
}
