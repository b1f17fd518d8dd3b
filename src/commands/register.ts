import * as Flags from "@oclif/core/flags";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";
import { programArgs, programFlags } from "../cli/program-flags.ts";

export default class Register extends ClientCommand {
  static override summary = "Register the tasks, workflows and launch plans of Python programs, packages and .pb files.";
  static override description =
    "Python is loaded with your own interpreter, and the code goes with it. Registering the same again changes nothing; everything is checked before anything is sent.";
  static override examples = [
    "<%= config.bin %> register workflows/",
    "<%= config.bin %> register hello.py --python ./venv/bin/python --dry-run",
    "<%= config.bin %> register flyte-package.tgz --version v2 -p flytesnacks -d staging",
  ];
  static override strict = false;
  static override args = programArgs;
  static override flags = {
    ...programFlags,
    copy: Flags.option({
      options: ["auto", "all", "none"] as const,
      summary: "Code that goes with it: the modules that are imported, all files under the root, or none (the image has it).",
    })({ default: "auto" }),
    "destination-dir": Flags.string({ summary: "Where tasks unpack the code.", default: "." }),
    env: Flags.string({ multiple: true, multipleNonGreedy: true, summary: "KEY=VALUE for every task." }),
    "service-account": Flags.string({ summary: "Kubernetes service account of the launch plans." }),
    "raw-data-prefix": Flags.string({ summary: "Where the launch plans' executions put their data." }),
    "activate-launch-plans": Flags.boolean({ summary: "Make every launch plan the active one." }),
    "dry-run": Flags.boolean({ summary: "Load and check everything, and send nothing." }),
  };

  async run(): Promise<Answer> {
    const { argv, flags } = await this.parse(Register);
    const { registerPaths } = await import("../authoring/register-paths.ts");
    const { registrationFailure } = await import("../authoring/register-entities.ts");
    const { registerAnswer } = await import("../cli/answers/register-answer.ts");
    const { registerOptions } = await import("../cli/register-options.ts");
    const deployment = await this.deployment(flags);
    const options = registerOptions(deployment, flags, { progress: (line) => this.progress(line), signal: this.signal });
    if (!flags["dry-run"]) this.announce(deployment);
    const result = await registerPaths(deployment.admin, argv.map(String), options);
    return registerAnswer(result, registrationFailure(result.items));
  }
}
