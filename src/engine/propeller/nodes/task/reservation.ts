import { attemptName } from "../../attempt-name.ts";
import { catalogKeyOf, lookUpCache } from "./caching.ts";
import { messageOf } from "../../../../std/errors.ts";
import { reservationAfter } from "../../reservation-transition.ts";
import { inputsOf } from "../node-inputs.ts";
import { unlessMissing } from "../../../../idl/unless-missing.ts";
import type { ReservationState } from "../../state.ts";
import type { CatalogKey } from "../../../../ports/catalog.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps, RoundDeps } from "../../propeller-deps.ts";
import type { TaskOfNode } from "./task-of-node.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

async function keyOf(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, task: TaskOfNode): Promise<CatalogKey> {
  const key = catalogKeyOf(task, await inputsOf(run, deps, node));
  if (!key) throw new RangeError(`node [${node.key}] has a reservation, but is not cached`);
  return key;
}

/** Who holds a reservation: one attempt of one node. Flyte: nodes/cache.go computeCatalogReservationOwnerID. */
function ownerOf(run: WorkflowRun, node: PlacedNode, attempt: number): string {
  return attemptName(run.definition.spec.id, node, attempt);
}

const heartbeatOf = (deps: RoundDeps): number | undefined => deps.settings.reevaluationInterval || undefined;

/**
 * Asks for the right to run an attempt that has not begun. Whether that is given or not, the cache is looked at again: who
 * held it may have filled it, and then the node is done. What was acquired is to be saved before the attempt begins; until
 * then, and for as long as somebody else holds it, the node stays as it is. Flyte: nodes/executor.go
 * handleQueuedOrRunningNode, but for the second look at the cache by the new holder, and that a later attempt waits too.
 */
export async function reserve(run: WorkflowRun, deps: RoundDeps, node: PlacedNode, task: TaskOfNode): Promise<void> {
  const { task: state, attempt } = run.node(node);
  if (!state?.reservation) return;
  const { id } = run.definition.spec;
  const key = await keyOf(run, deps, node, task);
  const owner = ownerOf(run, node, attempt);
  if (attempt > 0 && state.reservation.status === "RESERVATION_DISABLED") await deps.catalog.release(key, ownerOf(run, node, attempt - 1));
  const held = await deps.catalog.reserve(key, owner, heartbeatOf(deps), () => deps.wake(id, node.uniqueId));
  const cache = await lookUpCache(deps, key, false, node.layout.outputs(attempt));
  const now = deps.clock.now();
  if (cache.status === "CACHE_HIT") {
    await giveUp(deps, key, owner);
    run.enterNodePhase(node, "SUCCEEDING", now, { cache, hasOutputs: true, task: undefined });
    return;
  }
  const reservation = reservationAfter(held, owner, false, now);
  if (reservation.status === "RESERVATION_EXISTS" && state.reservation.status !== "RESERVATION_EXISTS") {
    deps.logger.info("waiting on serialized cache", { execution: id.name, node: node.uniqueId, holder: held.ownerId });
  }
  run.patchNode(node, { task: { ...state, reservation } });
}

/** Extends the reservation of an attempt that may have begun, when that is due. That it cannot be done does not stop the attempt. */
export async function extendReservation(run: WorkflowRun, deps: RoundDeps, node: PlacedNode, task: TaskOfNode): Promise<void> {
  const { task: state, attempt } = run.node(node);
  if (!state?.reservation || deps.clock.now() < state.reservation.lookAt) return;
  const owner = ownerOf(run, node, attempt);
  let reservation: ReservationState;
  try {
    const key = await keyOf(run, deps, node, task);
    reservation = reservationAfter(await deps.catalog.reserve(key, owner, heartbeatOf(deps)), owner, true, deps.clock.now());
  } catch (thrown) {
    deps.logger.warn("a cache reservation was not extended", { owner, error: messageOf(thrown) });
    reservation = { status: "RESERVATION_FAILURE", admitted: true, lookAt: deps.clock.now() + retryAfter };
  }
  run.patchNode(node, { task: { ...state, reservation } });
}

const retryAfter = 3_000;

/** Gives an attempt's reservation up. That it cannot be done fails nothing: it expires. */
export async function releaseReservation(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  task: TaskOfNode,
): Promise<ReservationState> {
  const { attempt, task: state } = run.node(node);
  // Before its inputs were durable it asked for nothing.
  const key = await unlessMissing(() => keyOf(run, deps, node, task));
  if (!key) return { status: "RESERVATION_RELEASED", admitted: true, lookAt: Number.MAX_SAFE_INTEGER };
  // An attempt that never asked has not taken over from the one before.
  if (attempt > 0 && state?.reservation?.status === "RESERVATION_DISABLED") await giveUp(deps, key, ownerOf(run, node, attempt - 1));
  const given = await giveUp(deps, key, ownerOf(run, node, attempt));
  return { status: given ? "RESERVATION_RELEASED" : "RESERVATION_FAILURE", admitted: true, lookAt: Number.MAX_SAFE_INTEGER };
}

async function giveUp(deps: PropellerDeps, key: CatalogKey, owner: string): Promise<boolean> {
  try {
    await deps.catalog.release(key, owner);
    return true;
  } catch (thrown) {
    deps.logger.warn("a cache reservation was not released; it will expire", { owner, error: messageOf(thrown) });
    return false;
  }
}
