import * as Flags from "@oclif/core/flags";
import { streamed, type Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxLogs extends FlyteCommand {
  static override summary = "Print what a local deployment's engine wrote to its log.";
  static override examples = ["<%= config.bin %> sandbox logs", "<%= config.bin %> sandbox logs -f --lines 20"];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    lines: Flags.integer({ summary: "How many of the last lines.", default: 200, min: 0, max: 100_000 }),
    follow: Flags.boolean({ char: "f", summary: "Go on until Ctrl-C." }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxLogs);
    const { sandboxLogs } = await import("../../sandbox/sandbox-logs.ts");
    const chunks: string[] = [];
    for await (const chunk of sandboxLogs(flags.name, { lines: flags.lines, follow: flags.follow, signal: this.signal })) {
      if (this.envelope) chunks.push(chunk);
      else process.stdout.write(chunk);
    }
    return this.envelope ? { data: { lines: chunks.map((line) => line.trimEnd()) }, text: () => "" } : streamed;
  }
}
