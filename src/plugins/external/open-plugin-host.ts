import { flyteidl } from "../../idl/flyteidl.ts";
import { literalsValue } from "../../idl/literals/literal-value.ts";
import type { PluginHost as EngineHost } from "../../ports/task-plugin.ts";
import type { Logger } from "../../std/logger.ts";
import { outputsOfValues } from "./literal-of-value.ts";
import type { PluginHost } from "./plugin-api.ts";

/** What the plugins of one module are given of the engine. */
export function openPluginHost(
  engine: EngineHost,
  { module, stopping, logger }: { readonly module: string; readonly stopping: AbortSignal; readonly logger: Logger },
): PluginHost {
  return {
    blobs: engine.blobs,
    wake: (execution, nodeId) => engine.wake(execution, nodeId),
    stopping,
    log: (level, message, fields = {}) => logger[level](message, { ...fields, plugin: module }),
    inputs: async (context) => literalsValue(await context.inputs()),
    async writeOutputs(context, outputs) {
      const literals = outputsOfValues(context.template.interface, outputs);
      await engine.blobs.put(`${context.outputPrefix}/outputs.pb`, flyteidl.core.LiteralMap.encode(literals).finish());
    },
  };
}
