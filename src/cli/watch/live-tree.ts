import { render } from "ink";
import { createElement as h } from "react";
import type { WriteStream } from "node:tty";
import type { Clock } from "../../std/clock.ts";
import type { PhaseChange } from "./phase-change.ts";
import { emptyTree, noticeRow, takeChange, treeRows } from "./tree-model.ts";
import { TreeView } from "./tree-view.ts";

const framePause = 100;

/** A tree on a terminal, drawn anew ten times a second until `stop`, which leaves its last state there. */
export interface LiveTree {
  update(change: PhaseChange): void;
  /** A line below the tree until it is taken back. */
  notice(text: string | undefined): void;
  stop(): Promise<void>;
}

/** Starts drawing; only this file and tree-view load Ink, which takes longer than a whole other command. */
export function liveTree(stream: WriteStream, clock: Clock): LiveTree {
  const tree = emptyTree();
  let frame = 0;
  let noticed: string | undefined;
  let cancel = (): void => undefined;
  // One line stays free for the cursor: a taller frame would make Ink clear the whole screen each time.
  const view = () => {
    const rows = treeRows(tree, clock.now(), Math.max(3, (stream.rows || 24) - (noticed === undefined ? 2 : 3)));
    return h(TreeView, { rows: noticed === undefined ? rows : [...rows, noticeRow(noticed)], frame });
  };
  // Whether this is a terminal for people has been decided already (renderer.ts).
  const instance = render(view(), { stdout: stream, stderr: process.stderr, interactive: true, exitOnCtrlC: false, patchConsole: false });
  const tick = (): void => {
    frame++;
    instance.rerender(view());
    cancel = clock.at(clock.now() + framePause, tick);
  };
  cancel = clock.at(clock.now() + framePause, tick);
  return {
    notice: (text) => void (noticed = text),
    update: (change) => takeChange(tree, change),
    async stop() {
      cancel();
      instance.rerender(view());
      await instance.waitUntilRenderFlush();
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}
