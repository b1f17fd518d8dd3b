import type { PluginHost, TaskContext } from "flyte/plugin";

export type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  | { readonly kind: "unreachable"; readonly why: string };

interface Request {
  readonly cancel: AbortController;
  answer?: Answer;
}

const maxAnswer = 1 << 20;

/**
 * The requests of the attempts that run, made in the background: `handle` may not wait for them. They are lost with the
 * engine's process and made again after its restart; the service knows by Idempotency-Key that it has seen one.
 */
export class Requests {
  readonly #host: PluginHost;
  readonly #token: string | undefined;
  readonly #byAttempt = new Map<string, Request>();

  constructor(host: PluginHost, token: string | undefined) {
    this.#host = host;
    this.#token = token;
  }

  /** The answer, once it is there; the attempt is woken then. */
  async answerTo(context: TaskContext, url: URL): Promise<Answer | undefined> {
    const known = this.#byAttempt.get(context.generatedName);
    if (known) return known.answer;
    const body = JSON.stringify(await this.#host.inputs(context));
    const request: Request = { cancel: new AbortController() };
    this.#byAttempt.set(context.generatedName, request);
    void this.#await(context, url, body, request);
    return undefined;
  }

  forget({ generatedName }: TaskContext): void {
    this.#byAttempt.get(generatedName)?.cancel.abort();
    this.#byAttempt.delete(generatedName);
  }

  async #await(context: TaskContext, url: URL, body: string, request: Request): Promise<void> {
    request.answer = await this.#make(context.generatedName, url, body, request);
    this.#host.wake(context.id.node.execution, context.id.node.nodeId);
  }

  async #make(name: string, url: URL, body: string, { cancel }: Request): Promise<Answer> {
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "idempotency-key": name,
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        },
        signal: AbortSignal.any([cancel.signal, this.#host.stopping]),
      });
      let text = "";
      const decoder = new TextDecoder();
      for await (const part of response.body ?? []) {
        text += decoder.decode(part, { stream: true });
        if (text.length > maxAnswer) return { kind: "unreachable", why: `an answer of more than ${maxAnswer} characters is too long` };
      }
      return { kind: "answered", status: response.status, text };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
      return { kind: "unreachable", why: cause ?? String(error) };
    }
  }
}
