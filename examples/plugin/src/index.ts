import type { PluginHost, PluginTransition, TaskContext, TaskPlugin } from "flyte/plugin";
import { Requests } from "./requests.js";

export const pluginApi = 1;

/** Tasks of type `webhook`: the inputs are posted as JSON to `custom.url`; the answer, a JSON object, is the outputs. */
export function createTaskPlugins(host: PluginHost, config: unknown): readonly TaskPlugin[] {
  const { token } = (config ?? {}) as { readonly token?: string };
  const requests = new Requests(host, token);
  return [
    {
      id: "webhook",
      taskTypes: ["webhook"],
      async handle(context) {
        const url = urlOf(context);
        if (url === undefined) return failed("PERMANENT_FAILURE", "BadTaskSpecification", "custom.url is no http(s) URL", "USER");
        const answer = await requests.answerTo(context, url);
        if (answer === undefined) return { phase: "RUNNING", phaseVersion: 0, reason: `waiting for ${url.host}` };
        if (answer.kind === "unreachable") return failed("RETRYABLE_FAILURE", "WebhookUnreachable", answer.why, "SYSTEM");
        if (answer.status >= 500) return failed("RETRYABLE_FAILURE", "WebhookFailed", `${answer.status}: ${answer.text}`, "SYSTEM");
        if (answer.status >= 400) return failed("PERMANENT_FAILURE", "WebhookRefused", `${answer.status}: ${answer.text}`, "USER");
        try {
          await host.writeOutputs(context, JSON.parse(answer.text) as Record<string, never>);
        } catch (error) {
          // A TypeError says which output does not fit, a SyntaxError that it is no JSON; anything else is tried again.
          if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
          return failed("PERMANENT_FAILURE", "WebhookAnswer", error.message, "USER");
        }
        return { phase: "SUCCESS", phaseVersion: 0 };
      },
      abort: async (context) => requests.forget(context),
      finalize: async (context) => requests.forget(context),
    },
  ];
}

function urlOf({ template }: TaskContext): URL | undefined {
  const url = URL.parse(template.custom?.fields?.["url"]?.stringValue ?? "");
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}

function failed(
  phase: "RETRYABLE_FAILURE" | "PERMANENT_FAILURE",
  code: string,
  message: string,
  kind: "USER" | "SYSTEM",
): PluginTransition {
  return { phase, phaseVersion: 0, error: { code, message, kind } };
}
