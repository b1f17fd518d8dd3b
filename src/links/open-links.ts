import { connect } from "../client/connect.ts";
import type { ChildExecutions } from "../ports/child-executions.ts";
import type { CatalogCalls } from "../ports/catalog-calls.ts";
import type { ExecutionLauncher } from "../ports/execution-launcher.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { Clock } from "../std/clock.ts";
import type { LaunchPlans } from "../ports/launch-plans.ts";
import type { PastExecutions } from "../ports/past-executions.ts";
import type { Random } from "../std/random.ts";
import { remoteCatalogCalls } from "./remote-catalog-calls.ts";
import type { Signals } from "../ports/signals.ts";
import { remoteChildExecutions } from "./remote-child-executions.ts";
import { remoteEventSink } from "./remote-event-sink.ts";
import { remotePastExecutions } from "./remote-past-executions.ts";
import { remoteLaunchPlans } from "./remote-launch-plans.ts";
import { remoteSignals } from "./remote-signals.ts";

export interface LinkOptions {
  /** `host:port`, plain gRPC. */
  readonly admin: string;
  /** Default: admin's. */
  readonly catalog?: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Links {
  readonly executions: ExecutionLauncher;
  readonly events: EventSink;
  readonly signals: Signals;
  readonly children: ChildExecutions;
  readonly past: PastExecutions;
  readonly launchPlans: LaunchPlans;
  readonly catalogCalls: CatalogCalls;
  close(): Promise<void>;
}

const largestReply = 64 << 20;

/** Propeller's and the scheduler's ways to an admin and a datacatalog in other processes. Connections are opened when needed, and again when lost. */
export function openLinks({ admin, catalog = admin, clock, random }: LinkOptions): Links {
  const toAdmin = connect({ endpoint: admin, insecure: true, maxReceive: largestReply, clock, random });
  const toCatalog = catalog === admin ? toAdmin : connect({ endpoint: catalog, insecure: true, maxReceive: largestReply, clock, random });
  const children = remoteChildExecutions(toAdmin);
  return {
    executions: children,
    events: remoteEventSink(toAdmin),
    signals: remoteSignals(toAdmin),
    children,
    past: remotePastExecutions(toAdmin),
    launchPlans: remoteLaunchPlans(toAdmin),
    catalogCalls: remoteCatalogCalls(toCatalog),
    async close() {
      await Promise.all([toAdmin.close(), toCatalog.close()]);
    },
  };
}
