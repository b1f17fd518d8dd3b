import { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskLog } from "../../idl/types.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";

/** A link to logs kept elsewhere. */
export interface LogLinkTemplate {
  readonly displayName: string;
  readonly templateUris: readonly string[];
  /** More of them for tasks whose config names `name` among its `link_type`s; they may use `{{ .taskConfig.<key> }}`. */
  readonly name?: string;
  readonly dynamicTemplateUris?: readonly string[];
  readonly messageFormat?: "unknown" | "csv" | "json";
  readonly showWhilePending?: boolean;
  readonly hideOnceFinished?: boolean;
}

/** By the names of Flyte's templates; what is absent or empty leaves its placeholder as written. */
export type LogVariables = Readonly<Record<string, string | undefined>>;

const formats: Readonly<Record<string, flyteidl.core.TaskLog.MessageFormat>> = {
  unknown: flyteidl.core.TaskLog.MessageFormat.UNKNOWN,
  csv: flyteidl.core.TaskLog.MessageFormat.CSV,
  json: flyteidl.core.TaskLog.MessageFormat.JSON,
};

/** The links of an attempt. Placeholders are `{{ .name }}`, in any case. Flyte: tasklog/template.go. */
export function logLinks(templates: readonly LogLinkTemplate[], context: TaskContext, variables: LogVariables, suffix = ""): TaskLog[] {
  const values = new Map(
    Object.entries({ ...variables, ...identityVariables(context), logName: suffix }).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const config = context.template.config ?? {};
  const render = (text: string): string =>
    text
      .replace(/\{\{\s*[.$]taskConfig[.$](\w+)\s*\}\}/gi, (whole, key: string) => (Object.hasOwn(config, key) ? config[key] : "") || whole)
      .replace(/\{\{\s*[.$](\w+)\s*\}\}/g, (whole, name: string) => values.get(name.toLowerCase()) || whole);
  const wanted = (config["link_type"] ?? "").split(",").filter((type) => type !== "");
  return templates.flatMap((template) =>
    [...template.templateUris, ...(wanted.includes(template.name ?? "") ? (template.dynamicTemplateUris ?? []) : [])].map((uri) => ({
      uri: render(uri),
      name: `${render(template.displayName)}${suffix}`,
      messageFormat: formats[template.messageFormat ?? "unknown"] ?? flyteidl.core.TaskLog.MessageFormat.UNKNOWN,
      showWhilePending: template.showWhilePending ?? false,
      hideOnceFinished: template.hideOnceFinished ?? false,
    })),
  );
}

function identityVariables({ id, generatedName }: TaskContext): LogVariables {
  const { execution, nodeId } = id.node;
  return {
    taskID: id.task.name,
    taskVersion: id.task.version,
    taskProject: id.task.project,
    taskDomain: id.task.domain,
    taskRetryAttempt: String(id.retryAttempt),
    nodeID: nodeId,
    executionName: execution.name,
    executionProject: execution.project,
    executionDomain: execution.domain,
    generatedName,
  };
}
