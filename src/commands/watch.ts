import * as Args from "@oclif/core/args";
import type { Answer } from "../cli/answer.ts";
import { streamed } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Watch extends ClientCommand {
  static override summary = "Follow an execution until it ends.";
  static override description =
    "On a terminal draws the execution and its nodes; else prints a line for each phase change, with --json an object a line. Exits 5 when the execution fails or is aborted.";
  static override examples = ["<%= config.bin %> watch f6a4b2c", "<%= config.bin %> watch ex:flytesnacks:development:f6a4b2c --json"];
  static override args = { execution: Args.string({ required: true, description: "URN or name" }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Watch);
    const { executionTarget } = await import("../cli/target.ts");
    const { followExecution } = await import("../cli/watch/follow-execution.ts");
    const { chooseRenderer } = await import("../cli/watch/renderer.ts");
    const { lostText } = await import("../cli/watch/lost-text.ts");
    const { showChanges } = await import("../cli/watch/show-changes.ts");
    const deployment = await this.deployment(flags);
    const execution = executionTarget(args.execution, deployment);
    const json = this.envelope || this.format === "json";
    const renderer = chooseRenderer({ json, stream: process.stdout }, process.env);
    const view = await showChanges(renderer, process.stdout);
    const { failure } = await followExecution(deployment.admin, execution, {
      signal: this.signal,
      onChange: (change) => view.update(change),
      // On stderr it would be written into the tree.
      onPolling: () => {
        if (!view.notice) this.progress("this deployment has no watch stream; it is asked again and again instead");
      },
      onLost: (why) => {
        const text = lostText(why);
        if (view.notice) view.notice(why === undefined ? undefined : text);
        else this.progress(text);
      },
    }).finally(() => view.stop());
    return failure ? { ...streamed, failure } : streamed;
  }
}
