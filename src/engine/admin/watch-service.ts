import type { ServiceHandlers } from "../service.ts";
import type { AdminDeps } from "./admin-deps.ts";
import { watchExecution } from "./executions/watch-execution.ts";

/** flyte.watch.v1.WatchService. */
export function createWatchService(deps: AdminDeps): ServiceHandlers {
  return {
    service: "flyte.watch.v1.WatchService",
    unary: {},
    streams: { WatchExecution: (request, context) => watchExecution(deps, request, context) },
  };
}
