import type { WriteStream } from "node:tty";
import { systemClock } from "../../std/clock.ts";
import type { ElementsView } from "../views/elements-view.ts";
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

/** Of an array only every tenth part of its elements is worth a line, and every failure. */
export function newsOfElements(): (change: PhaseChange) => boolean {
  const last = new Map<string, ElementsView>();
  return ({ urn, phase, elements }) => {
    const before = last.get(urn);
    if (elements === null || phase !== "RUNNING") return true;
    const isNews = !before || before.failed !== elements.failed || elements.succeeded - before.succeeded >= Math.max(1, elements.size / 10);
    if (isNews) last.set(urn, elements);
    return isNews;
  };
}

/** Shows changes on `stream`. What draws the tree is loaded only for the tree. */
export async function showChanges(renderer: Renderer, stream: WriteStream): Promise<ChangeView> {
  if (renderer === "tree") {
    const { liveTree } = await import("./live-tree.ts");
    return liveTree(stream, systemClock);
  }
  const textOf = renderer === "json" ? (change: PhaseChange) => JSON.stringify(change) : phaseChangeText;
  const isNews = renderer === "json" ? () => true : newsOfElements();
  return {
    update(change) {
      if (!isNews(change)) return;
      const line = textOf(change);
      if (line !== undefined) stream.write(`${line}\n`);
    },
    stop: async () => undefined,
  };
}
