import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Launch extends ClientCommand {
  static override summary = "Start an execution of a launch plan, workflow or task.";
  static override description =
    "A bare name is a launch plan's: its active version, else the latest. Local files given for file inputs are uploaded.";
  static override examples = [
    "<%= config.bin %> launch my.module.wf --input n=3",
    "<%= config.bin %> launch tsk:flytesnacks:development:my.module.task:v1 --inputs-file inputs.yaml --wait",
    "<%= config.bin %> launch lp:nightly --input 'xs=[1, 2]' --name run-1 --watch",
  ];
  static override args = {
    target: Args.string({
      required: true,
      description: "URN of a launch plan, workflow or task; or NAME or NAME:VERSION of a launch plan",
    }),
  };
  static override flags = {
    input: Flags.string({
      char: "i",
      multiple: true,
      multipleNonGreedy: true,
      summary: "NAME=VALUE; lists, maps and structs as JSON or YAML.",
    }),
    "inputs-file": Flags.string({ summary: "YAML or JSON file of inputs by name; - reads stdin. --input wins." }),
    name: Flags.string({ summary: "Name of the execution; the deployment makes one otherwise." }),
    version: Flags.string({ summary: "Version of what is launched." }),
    wait: Flags.boolean({ summary: "Wait for the end; exits 5 unless it succeeds." }),
    watch: Flags.boolean({ summary: "As --wait, showing its nodes on stderr: drawn on a terminal, else a line for each phase change." }),
    "overwrite-cache": Flags.boolean({ summary: "Run cached tasks again, and replace what is cached." }),
    "max-parallelism": Flags.integer({ summary: "At most so many nodes at once.", min: 0 }),
    interruptible: Flags.boolean({ summary: "Overrides what tasks say.", allowNo: true }),
    label: Flags.string({ multiple: true, multipleNonGreedy: true, summary: "KEY=VALUE." }),
    env: Flags.string({ multiple: true, multipleNonGreedy: true, summary: "KEY=VALUE for every task." }),
  };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(Launch);
    const { launch } = await import("../cli/launch/launch.ts");
    const { startedAnswer } = await import("../cli/launch/launch-answer.ts");
    const deployment = await this.deployment(flags);
    const urn = await launch(deployment, args.target, flags, () => this.announce(deployment));
    return startedAnswer(deployment.admin, urn, { ...flags, signal: this.signal, progress: (line) => this.progress(line) });
  }
}
