import type { flyteidl } from "../../../idl/flyteidl.ts";
import { parseQuantity } from "../../../std/quantity.ts";
import { validateLabels } from "../projects/validate-project-fields.ts";
import { invalidField } from "../refusals.ts";

const resources = ["cpu", "gpu", "memory", "storage", "ephemeralStorage"] as const;
const wireNames: Partial<Record<string, string>> = { ephemeralStorage: "ephemeral_storage" };

/**
 * Refuses attributes that could never be applied: amounts that are none (Flyte takes those for no limit at all), labels that
 * no cluster takes, a negative number of nodes.
 */
export function validateMatchingAttributes(attributes: flyteidl.admin.MatchingAttributes.$Properties): void {
  const { defaults, limits } = attributes.taskResourceAttributes ?? {};
  for (const [field, spec] of Object.entries({ defaults, limits })) {
    for (const name of resources) {
      const value = spec?.[name] ?? "";
      if (value !== "" && !((parseQuantity(value) ?? -1) >= 0)) throw invalidField(`${field}.${wireNames[name] ?? name}`);
    }
  }
  const config = attributes.workflowExecutionConfig;
  if ((config?.maxParallelism ?? 0) < 0) throw invalidField("max_parallelism");
  validateLabels(config?.labels, 0);
}
