import type { ServiceHandlers } from "../service.ts";
import type { AdminDeps } from "./admin-deps.ts";
import { bindHandlers } from "./bind-handlers.ts";
import { getOrCreateSignal } from "./signals/get-or-create-signal.ts";
import { listSignals } from "./signals/list-signals.ts";
import { setSignal } from "./signals/set-signal.ts";

/** flyteidl.service.SignalService. */
export function createSignalService(deps: AdminDeps): ServiceHandlers {
  return {
    service: "flyteidl.service.SignalService",
    unary: bindHandlers(deps, { GetOrCreateSignal: getOrCreateSignal, ListSignals: listSignals, SetSignal: setSignal }),
  };
}
