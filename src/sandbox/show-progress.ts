import type { SandboxEvent, Tell } from "./sandbox-event.ts";
import type { StepTree } from "./step-tree.ts";

/** `tree` on a terminal, else `lines`; `json` for a line of JSON an event; `quiet` for warnings alone. */
export type ProgressForm = "tree" | "lines" | "json" | "quiet";

export interface ProgressOutput {
  /** A line on stderr. */
  line(text: string): void;
  warning(text: string): void;
}

export interface ShownProgress {
  readonly tell: Tell;
  /** Draws what is left; nothing is told afterwards. */
  end(): Promise<void>;
}

/** Shows what a start tells. A tree is drawn only for what says its steps in advance: what takes a moment has lines. */
export function showProgress(form: ProgressForm, output: ProgressOutput): ShownProgress {
  let tree: Promise<StepTree> | undefined;
  const last = new Map<string, string>();
  const tell = (event: SandboxEvent): void => {
    if (form === "json") return output.line(JSON.stringify(event));
    switch (event.type) {
      case "warning":
        return output.warning(event.message);
      case "steps":
        if (form === "tree") tree = import("./step-tree.ts").then(({ stepTree }) => stepTree(event.steps, output.line));
        return undefined;
      case "step":
        if (tree) return void tree.then((drawn) => drawn.take(event));
        if (form === "quiet" || event.status === "failed") return undefined;
        // What a short start is doing is over before it is read.
        if (event.status === "running" && (!last.has("steps") || last.get(event.step) === event.message)) return undefined;
        last.set(event.step, event.message);
        return output.line(event.message);
    }
  };
  return {
    tell(event) {
      if (event.type === "steps") last.set("steps", "");
      tell(event);
    },
    end: async () => (await tree)?.end(),
  };
}
