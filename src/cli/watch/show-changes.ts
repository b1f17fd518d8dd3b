import type { WriteStream } from "node:tty";
import { systemClock } from "../../std/clock.ts";
import type { PhaseChange } from "./phase-change.ts";
import { phaseChangeText } from "./phase-change.ts";
import type { Renderer } from "./renderer.ts";

/** Where phase changes go; `stop` is awaited in any case, before anything else is written. */
export interface ChangeView {
  update(change: PhaseChange): void;
  /** What a person is to know while it is so; undefined when it is over. Not for those who read lines or objects: stderr is. */
  notice?(text: string | undefined): void;
  stop(): Promise<void>;
}

/** Shows changes on `stream`. What draws the tree is loaded only for the tree. */
export async function showChanges(renderer: Renderer, stream: WriteStream): Promise<ChangeView> {
  if (renderer === "tree") {
    const { liveTree } = await import("./live-tree.ts");
    return liveTree(stream, systemClock);
  }
  const textOf = renderer === "json" ? (change: PhaseChange) => JSON.stringify(change) : phaseChangeText;
  return {
    update(change) {
      const line = textOf(change);
      if (line !== undefined) stream.write(`${line}\n`);
    },
    stop: async () => undefined,
  };
}
