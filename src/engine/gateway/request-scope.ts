export interface RequestScope {
  readonly project?: string;
  readonly domain?: string;
}

// Where flyteidl's requests keep the entity they are about, outermost first.
const carriers = [
  "id",
  "attributes",
  "executionId",
  "nodeExecutionId",
  "workflowExecutionId",
  "taskExecutionId",
  "parentNodeExecutionId",
  "parentTaskExecutionId",
  "event",
  "dataset",
  "datasetId",
  "artifact",
  "tag",
  "spec",
] as const;

/** The project and domain a decoded request is about, as far as it names them: the nearest pair on the way down. */
export function requestScope(request: object, depth = 5): RequestScope {
  const fields = request as Readonly<Record<string, unknown>>;
  const project = fields["project"];
  const domain = fields["domain"];
  if (typeof project === "string" && project !== "") return { project, ...(typeof domain === "string" && domain !== "" ? { domain } : {}) };
  if (depth === 0) return {};
  for (const name of carriers) {
    const inner = fields[name];
    if (typeof inner !== "object" || inner === null) continue;
    const scope = requestScope(inner, depth - 1);
    if (scope.project !== undefined) return scope;
  }
  // Projects themselves are named by a bare id.
  const id = typeof project === "object" && project !== null ? (project as Readonly<Record<string, unknown>>)["id"] : fields["id"];
  return typeof id === "string" && id !== "" ? { project: id } : {};
}
