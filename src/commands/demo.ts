import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { FlyteCommand } from "../cli/flyte-command.ts";

export default class Demo extends FlyteCommand {
  static override summary = "See it work: a sandbox, a real project, two launches, the second one from the cache.";
  static override description =
    "Starts a sandbox of its own, named demo, and touches no other deployment. Without an active Python environment that has flytekit it makes a private one below ~/.flyte/python.";
  static override examples = ["<%= config.bin %> demo", "<%= config.bin %> demo --port-base 31000"];
  static override flags = {
    "port-base": Flags.integer({ summary: "Ports of its sandbox, as for sandbox start.", helpValue: "N" }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Demo);
    const { runDemo } = await import("../demo/run-demo.ts");
    const { demoText } = await import("../demo/demo-text.ts");
    const demo = await runDemo(
      { command: (line) => this.progress(`\n$ ${line}`), progress: (line) => this.progress(line) },
      flags["port-base"],
    );
    return { data: demo, text: () => demoText(demo) };
  }
}
