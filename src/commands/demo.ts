import type { Answer } from "../cli/answer.ts";
import { FlyteCommand } from "../cli/flyte-command.ts";

export default class Demo extends FlyteCommand {
  static override summary = "See it work: a sandbox, a real project, two launches, the second one from the cache.";
  static override description =
    "Starts a sandbox of its own, named demo, and touches no other deployment. Without an active Python environment that has flytekit it makes a private one below ~/.flyte/python.";
  static override examples = ["<%= config.bin %> demo"];

  async run(): Promise<Answer> {
    await this.parse(Demo);
    const { runDemo } = await import("../demo/run-demo.ts");
    const { demoText } = await import("../demo/demo-text.ts");
    const demo = await runDemo({ command: (line) => this.progress(`\n$ ${line}`), progress: (line) => this.progress(line) });
    return { data: demo, text: () => demoText(demo) };
  }
}
