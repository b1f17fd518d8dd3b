import type { flyteidl } from "../../../idl/flyteidl.ts";
import { invalidArgument, missingField } from "../refusals.ts";

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const labelName = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;
const labelPrefix = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is asked of a project at registration and update, but for its name, which only registration requires. */
export function validateProjectFields(project: flyteidl.admin.Project.$Properties): void {
  if (!project.id) throw missingField("project");
  if (project.domains?.length) {
    throw invalidArgument("Domains are currently only set system wide. Please retry without domains included in your request.");
  }
  if (!dnsLabel.test(project.id)) {
    throw invalidArgument(
      `invalid project id [${project.id}]: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', start and end with an alphanumeric character, and be at most 63 characters`,
    );
  }
  if ((project.name ?? "").length > 64) throw invalidArgument("project_name cannot exceed 64 characters");
  if ((project.description ?? "").length > 300) throw invalidArgument("project_description cannot exceed 300 characters");
  validateLabels(project.labels, 16);
}

/** Kubernetes' syntax of labels, and at most `most` of them (0 = any number). */
export function validateLabels(labels: flyteidl.admin.Labels.$Properties | null | undefined, most: number): void {
  const entries = Object.entries(labels?.values ?? {});
  if (most > 0 && entries.length > most) throw invalidArgument(`labels has too many entries [${entries.length} > ${most}]`);
  for (const [key, value] of entries) {
    const [name = "", prefix, ...rest] = key.split("/").toReversed();
    const prefixFits = prefix === undefined || (prefix.length <= 253 && labelPrefix.test(prefix));
    if (rest.length > 0 || !prefixFits || !labelName.test(name))
      throw invalidArgument(`invalid label key [${key}]: it must be a Kubernetes qualified name`);
    if (value !== "" && !labelName.test(value))
      throw invalidArgument(`invalid label value [${value}]: it must be a Kubernetes label value`);
  }
}
