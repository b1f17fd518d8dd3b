import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import type { Signals } from "../ports/signals.ts";
import { call } from "./call.ts";

const { admin } = flyteidl;

/** The signals of an admin behind a network. */
export function remoteSignals(client: FlyteClient): Signals {
  return {
    async getOrCreate({ project, domain, name }, signalId, type) {
      const request = { id: { signalId, executionId: { project, domain, name } }, type };
      const types = [admin.SignalGetOrCreateRequest, admin.Signal] as const;
      const { value } = await call(client, "flyteidl.service.SignalService", "GetOrCreateSignal", types, request);
      return value ?? undefined;
    },
  };
}
