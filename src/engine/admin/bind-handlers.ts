import type { CallContext, UnaryHandler } from "../service.ts";
import type { AdminDeps } from "./admin-deps.ts";

type AdminFunction = (deps: AdminDeps, request: never, context: CallContext) => Promise<Uint8Array>;

/** Admin's functions as handlers of a service. */
export function bindHandlers(deps: AdminDeps, functions: Readonly<Record<string, AdminFunction>>): Record<string, UnaryHandler> {
  const bound = Object.entries(functions).map(([name, handle]): [string, UnaryHandler] => [
    name,
    (request, context) => handle(deps, request, context),
  ]);
  return Object.fromEntries(bound);
}
