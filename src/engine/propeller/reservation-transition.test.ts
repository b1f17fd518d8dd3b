import { expect, test } from "vitest";
import { isAdmitted, nextReservationLook, reservationAfter } from "./reservation-transition.ts";
import type { AttemptState, ReservationState } from "./state.ts";

const attempt = (reservation?: ReservationState): AttemptState => ({
  interruptible: false,
  begunAt: 0,
  phaseVersion: 0,
  reported: false,
  reportedEnd: false,
  ...(reservation && { reservation }),
});

// Holder, whether admitted before, what the holder has left of its time → status, admitted, when to look again (now 1000).
test.each([
  ["me", false, 30_000, "RESERVATION_ACQUIRED", true, 11_000],
  ["me", true, 30_000, "RESERVATION_ACQUIRED", true, 11_000],
  ["me", true, 5, "RESERVATION_ACQUIRED", true, 11_000],
  ["other", false, 30_000, "RESERVATION_EXISTS", false, 11_000],
  ["other", false, 4_000, "RESERVATION_EXISTS", false, 5_001],
  ["other", false, -70, "RESERVATION_EXISTS", false, 1_001],
  ["other", false, Infinity, "RESERVATION_EXISTS", false, 11_000],
  ["other", true, 4_000, "RESERVATION_EXISTS", true, 5_001],
] as const)("held by %s, admitted before: %s, %d ms left", (ownerId, before, left, status, admitted, lookAt) => {
  const after = reservationAfter({ ownerId, expiresAt: 1000 + left, heartbeat: 10_000 }, "me", before, 1000);
  expect(after).toEqual({ status, admitted, lookAt });
  expect(isAdmitted(attempt(after))).toBe(admitted);
  expect(nextReservationLook(attempt(after))).toBe(lookAt);
});

test("an attempt without a reservation is admitted; one that has not asked is not, and is asked for at once", () => {
  expect([isAdmitted(undefined), nextReservationLook(undefined)]).toEqual([true, undefined]);
  expect([isAdmitted(attempt()), nextReservationLook(attempt())]).toEqual([true, undefined]);
  const fresh = attempt({ status: "RESERVATION_DISABLED", admitted: false, lookAt: 0 });
  expect([isAdmitted(fresh), nextReservationLook(fresh)]).toEqual([false, undefined]);
});
