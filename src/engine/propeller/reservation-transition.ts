import type { AttemptState, ReservationState } from "./state.ts";
import type { Reservation } from "../../ports/catalog.ts";

/** Whether an attempt may begin, or may have begun. */
export function isAdmitted(task: AttemptState | undefined): boolean {
  return task?.reservation === undefined || task.reservation.admitted;
}

/** When an attempt's reservation is to be asked for again, or extended; undefined for none. */
export function nextReservationLook(task: AttemptState | undefined): number | undefined {
  const { reservation } = task ?? {};
  return reservation && reservation.status !== "RESERVATION_DISABLED" ? reservation.lookAt : undefined;
}

/** What the catalog's answer at `now` means for the attempt of `own`; once admitted it stays so. */
export function reservationAfter(held: Reservation, own: string, admitted: boolean, now: number): ReservationState {
  const { ownerId, expiresAt, heartbeat } = held;
  if (ownerId === own) return { status: "RESERVATION_ACQUIRED", admitted: true, lookAt: now + heartbeat };
  // Its holder may be gone: it is free as soon as it expires.
  return { status: "RESERVATION_EXISTS", admitted, lookAt: Math.max(now + 1, Math.min(now + heartbeat, expiresAt + 1)) };
}
