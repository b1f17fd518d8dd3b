import { FlyteError } from "../std/errors.ts";
import { embeddedBackend } from "./backends/embedded.ts";
import type { SandboxBackend } from "./backends/sandbox-backend.ts";
import type { Tell } from "./sandbox-event.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";

/** The backend that was asked for, or the one that can be had. */
export function pickBackend(plan: SandboxPlan, tell: Tell): SandboxBackend {
  switch (plan.backend) {
    case "embedded":
      return embeddedBackend;
    case "auto":
      tell({ type: "step", step: "backend", status: "done", message: "Backend embedded (auto: the only one built so far)" });
      return embeddedBackend;
    case "kind":
      throw new FlyteError({
        code: "SANDBOX_BACKEND_UNAVAILABLE",
        blame: "usage",
        message: "the kind backend is not built yet",
        hint: "run: flyte sandbox start --backend embedded",
      });
  }
}
