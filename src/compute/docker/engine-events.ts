import type Docker from "dockerode";
import { messageOf } from "../../std/errors.ts";
import type { Clock } from "../../std/clock.ts";
import { type ContainerOwner, attemptLabel, ownerFilter } from "./engine-labels.ts";

export interface EngineEventsOptions {
  readonly docker: Docker;
  readonly owner: ContainerOwner;
  readonly clock: Clock;
  /** The engine's time (seconds since the epoch) from which on events are wanted. */
  readonly since: number;
  /** Something happened to a container of the attempt. */
  readonly changed: (attempt: string, container: string) => void;
  /** Events come from now on: what happened before has to be looked for, once. */
  readonly up: () => void;
  readonly down: (why: string) => void;
}

interface EngineEvent {
  readonly time?: number;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

const firstPause = 250;
const longestPause = 10_000;
/** What others do to a container; what is done here is looked at here. */
const wanted = ["die", "destroy"];

/** Follows an engine's events, and comes back when they break off. The returned function ends that. */
export function followEvents(options: EngineEventsOptions): () => void {
  const closed = new AbortController();
  let cancelPause: (() => void) | undefined;
  closed.signal.addEventListener("abort", () => cancelPause?.());
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = options.clock.at(options.clock.now() + milliseconds, resolve);
      cancelPause = () => {
        cancel();
        resolve();
      };
    });
  const follow = async (): Promise<void> => {
    let { since } = options;
    for (let wait = firstPause; !closed.signal.aborted; wait = Math.min(wait * 2, longestPause)) {
      try {
        const stream = await options.docker.getEvents({
          since,
          filters: { type: ["container"], event: wanted, label: ownerFilter(options.owner) },
          abortSignal: closed.signal,
        });
        wait = firstPause;
        options.up();
        for await (const event of lines(stream as AsyncIterable<Uint8Array>)) {
          // The second may hold more: what comes twice does no harm.
          since = event.time ?? since;
          const attempt = event.Actor?.Attributes?.[attemptLabel];
          if (attempt !== undefined) options.changed(attempt, event.Actor?.ID ?? "");
        }
        if (!closed.signal.aborted) options.down("its stream of events ended");
      } catch (error) {
        if (!closed.signal.aborted) options.down(messageOf(error));
      }
      if (!closed.signal.aborted) await pause(wait);
    }
  };
  void follow();
  return () => closed.abort();
}

async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<EngineEvent> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const complete = text.split("\n");
    text = complete.pop() ?? "";
    for (const line of complete) if (line.trim() !== "") yield JSON.parse(line) as EngineEvent;
  }
}
