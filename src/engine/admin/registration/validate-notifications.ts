import type { flyteidl } from "../../../idl/flyteidl.ts";
import { executionPhaseOf, isTerminalExecution } from "../../../idl/phases.ts";
import { invalidField, missingField } from "../refusals.ts";

/** Each to somebody, and about ends only: other phases are never notified. */
export function validateNotifications(notifications: readonly flyteidl.admin.Notification.$Properties[] | null | undefined): void {
  for (const one of notifications ?? []) {
    const recipients = (one.email ?? one.pagerDuty ?? one.slack)?.recipientsEmail ?? [];
    if (recipients.length === 0 || recipients.some((recipient) => recipient === "")) throw missingField("recipients");
    if (!one.phases?.length) throw missingField("phases");
    if (!one.phases.every((phase) => isTerminalExecution(executionPhaseOf(phase)))) throw invalidField("phase");
  }
}
