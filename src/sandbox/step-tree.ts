import { Listr, type ListrTaskWrapper, ListrLogger, ProcessOutput, type DefaultRenderer, type SimpleRenderer } from "listr2";
import type { SandboxEvent, SandboxStep } from "./sandbox-event.ts";

type StepEvent = Extract<SandboxEvent, { type: "step" }>;
type Task = ListrTaskWrapper<object, typeof DefaultRenderer, typeof SimpleRenderer>;

/** A tree of steps on the terminal of stderr, drawn from what is told. */
export interface StepTree {
  take(event: StepEvent): void;
  end(): Promise<void>;
}

interface Drawn {
  /** The last it has told, drawn when its turn comes. */
  last: StepEvent | undefined;
  task: Task | undefined;
  readonly over: PromiseWithResolvers<void>;
}

/** Begins to draw. What is told after a step has failed is a `line` below the tree. */
export function stepTree(steps: readonly SandboxStep[], line: (text: string) => void): StepTree {
  let isOver = false;
  const drawn = new Map<string, Drawn>(steps.map(({ id }) => [id, { last: undefined, task: undefined, over: Promise.withResolvers() }]));
  for (const { over } of drawn.values()) over.promise.catch(() => {});
  const list = new Listr<object>(
    steps.map(({ id, title }) => ({
      title,
      task: (_, task: Task) => {
        const step = drawn.get(id);
        if (!step) return undefined;
        step.task = task;
        if (isOver) task.skip();
        if (step.last) show(step, step.last);
        return step.over.promise;
      },
    })),
    {
      concurrent: false,
      // Ctrl-C is the command's, which cleans up first.
      registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  let isDrawn = true;
  const running = list
    .run()
    .catch(() => {
      // The error is told by whoever threw it.
    })
    .finally(() => (isDrawn = false));
  return {
    take(event) {
      const step = drawn.get(event.step);
      if (step) show(step, event);
      else if (!isDrawn) line(event.message);
    },
    async end() {
      isOver = true;
      for (const { over, task, last } of drawn.values()) {
        if (last === undefined) task?.skip();
        over.resolve();
      }
      await running;
    },
  };
}

function show(step: Drawn, event: StepEvent): void {
  step.last = event;
  if (step.task) {
    if (event.status === "running") step.task.output = event.message;
    else step.task.title = event.message;
  }
  if (event.status === "done") step.over.resolve();
  if (event.status === "failed") step.over.reject(new Error(event.message));
}
