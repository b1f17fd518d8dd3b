import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { FlyteCommand } from "../cli/flyte-command.ts";
import { programArgs, programFlags } from "../cli/program-flags.ts";

export default class Compile extends FlyteCommand {
  static override summary =
    "Compile the tasks, workflows and launch plans of Python programs, packages and .pb files, without a deployment.";
  static override description =
    "Says all that is wrong, each error with its node, in the words of a deployment's compiler when they are registered. What depends on the deployment (its limits of resources, schedules, what it has registered already) is not looked at. With -o json or yaml it prints what they compile to, with -o dot the workflows as one graph. Exits 2 when something does not compile.";
  static override examples = [
    "<%= config.bin %> compile workflows/",
    "<%= config.bin %> compile hello.py --python ./venv/bin/python -o yaml",
    "<%= config.bin %> compile hello.py -o dot | dot -Tsvg > hello.svg",
  ];
  static override strict = false;
  static override args = programArgs;
  static override flags = {
    ...programFlags,
    project: Flags.string({ char: "p", summary: "Project that they are compiled for.", default: "flytesnacks" }),
    domain: Flags.string({ char: "d", summary: "Domain that they are compiled for.", default: "development" }),
  };

  async run(): Promise<Answer> {
    const { argv, flags } = await this.parse(Compile);
    const { compilePaths } = await import("../authoring/compile-paths.ts");
    const { compileAnswer } = await import("../cli/answers/compile-answer.ts");
    const { compiled, version } = await compilePaths(argv.map(String), {
      ...flags,
      images: flags.image ?? [],
      environment: process.env,
      progress: (line) => this.progress(line),
      signal: this.signal,
    });
    return compileAnswer(compiled, version);
  }
}
