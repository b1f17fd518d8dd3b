import type { EntityId } from "../../idl/identifiers.ts";
import type { ReservationRow } from "../../ports/state-store.ts";
import { rowTimeOf } from "../events/row-time.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { invalid } from "./refusals.ts";

const longestHeartbeat = 10_000;
const heartbeatsUntilExpiry = 3;

export interface ReservationKey {
  readonly datasetId: EntityId;
  readonly tag: string;
}

export interface HeldReservation {
  readonly ownerId: string;
  /** As a row holds it. */
  readonly expiresAt: string;
  /** Milliseconds. */
  readonly heartbeat: number;
}

/**
 * Takes a reservation that is free, expired or `ownerId`'s own, for three heartbeats (milliseconds, ten seconds at most);
 * else it is left, and `onRelease` is called when it is given up in this process. Answers who holds it now. INVALID_ARGUMENT
 * for less than no heartbeat.
 */
export async function getOrExtendReservation(
  deps: CatalogDeps,
  key: ReservationKey,
  ownerId: string,
  heartbeatInterval: number | undefined,
  onRelease?: () => void,
): Promise<HeldReservation> {
  if ((heartbeatInterval ?? 0) < 0) throw invalid("heartbeatInterval", `${heartbeatInterval} ms`);
  const heartbeat = Math.min(heartbeatInterval ?? longestHeartbeat, longestHeartbeat);
  const now = deps.clock.now();
  const row: ReservationRow = { ...rowKey(key), ownerId, expiresAt: rowTimeOf(now + heartbeat * heartbeatsUntilExpiry) };
  // Before it is asked: it may be given up as the answer comes.
  if (onRelease) deps.reservationWaiters.wait(row.tag, ownerId, onRelease);
  const holder = await deps.state.write(async (writer) => {
    const held = await writer.catalog.reservation(row.datasetKey, row.tag);
    if (held && held.ownerId !== ownerId && held.expiresAt >= rowTimeOf(now)) return { ...held, heartbeat };
    await writer.catalog.putReservation(row);
    return { ...row, heartbeat };
  });
  if (holder.ownerId === ownerId) deps.reservationWaiters.forget(row.tag, ownerId);
  return holder;
}

/** Gives up what `ownerId` holds, and wakes who waits for it here; nothing happens when it holds nothing. */
export async function releaseReservation(deps: CatalogDeps, key: ReservationKey, ownerId: string): Promise<void> {
  const { datasetKey, tag } = rowKey(key);
  deps.reservationWaiters.forget(tag, ownerId);
  const released = await deps.state.write((writer) => writer.catalog.deleteReservation(datasetKey, tag, ownerId));
  if (released) deps.reservationWaiters.released(tag);
}

/** A reservation may be older than its dataset, which is made with the first artifact: the dataset's name is part of the key. */
function rowKey({ datasetId, tag }: ReservationKey): Pick<ReservationRow, "datasetKey" | "tag"> {
  return { datasetKey: 0, tag: JSON.stringify([datasetId.project, datasetId.domain, datasetId.name, datasetId.version, tag]) };
}
