import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { FlyteCommand } from "../cli/flyte-command.ts";

export default class Compile extends FlyteCommand {
  static override summary =
    "Compile the tasks, workflows and launch plans of Python programs, packages and .pb files, without a deployment.";
  static override description =
    "Says all that is wrong, each error with its node, exactly as a deployment would when they are registered. With -o json or yaml it prints what they compile to, with -o dot the graphs of the workflows. Exits 2 when something does not compile.";
  static override examples = [
    "<%= config.bin %> compile workflows/",
    "<%= config.bin %> compile hello.py --python ./venv/bin/python -o yaml",
    "<%= config.bin %> compile hello.py -o dot | dot -Tsvg > hello.svg",
  ];
  static override strict = false;
  static override args = {
    path: Args.string({
      required: true,
      description: "Python file or package, archive of `pyflyte package`, or .pb file; several may be given",
    }),
  };
  static override flags = {
    version: Flags.string({ summary: "Version of all; made from the code otherwise." }),
    python: Flags.string({ summary: "Interpreter that has flytekit; else FLYTE_PYTHON, the active virtual environment's, or python3." }),
    image: Flags.string({ multiple: true, multipleNonGreedy: true, summary: "IMAGE, or NAME=IMAGE, that tasks run in." }),
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
