import os from "node:os";
import * as Flags from "@oclif/core/flags";
import type { Input, ParserOutput } from "@oclif/core/interfaces";
import { FlyteError } from "../std/errors.ts";
import type { Deployment } from "./deployment.ts";
import type { DeploymentFlags } from "./deployment-flags.ts";
import { FlyteCommand } from "./flyte-command.ts";

type Values = Record<string, unknown>;

/** The base of commands that speak to a deployment. */
export abstract class ClientCommand extends FlyteCommand {
  static override baseFlags = {
    ...FlyteCommand.baseFlags,
    endpoint: Flags.string({ summary: "HOST:PORT of the deployment.", helpGroup: "GLOBAL", exclusive: ["sandbox"] }),
    insecure: Flags.boolean({ summary: "Speak without TLS.", helpGroup: "GLOBAL", allowNo: true }),
    config: Flags.string({ char: "c", summary: "Configuration file, in flytectl's format.", helpGroup: "GLOBAL", exclusive: ["sandbox"] }),
    project: Flags.string({ char: "p", summary: "Project.", helpGroup: "GLOBAL" }),
    domain: Flags.string({ char: "d", summary: "Domain.", helpGroup: "GLOBAL" }),
    sandbox: Flags.string({ summary: "The local sandbox (of this NAME, given as --sandbox=NAME).", helpGroup: "GLOBAL" }),
  };

  #deployment: Deployment | undefined;

  /** The deployment that flags, environment and configuration files choose. Nothing is sent yet. */
  protected async deployment(flags: DeploymentFlags): Promise<Deployment> {
    const { openDeployment } = await import("./open-deployment.ts");
    this.#deployment = await openDeployment(flags, (line) => this.warning(line));
    return this.#deployment;
  }

  protected override async catch(error: Error): Promise<never> {
    if (!this.#deployment) throw error;
    const { explainFailure } = await import("./explain-failure.ts");
    throw await explainFailure(error, { deployment: this.#deployment, argv: this.argv, home: os.homedir() });
  }

  /** Says on stderr which deployment is about to be changed. */
  protected announce(deployment: Deployment): void {
    this.progress(`deployment ${deployment.endpoint} (${deployment.source}), ${deployment.project}/${deployment.domain}`);
  }

  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<ParserOutput<F, B, A>> {
    await refuseSandboxWord(argv);
    return super.parse(options, withSandboxName(argv));
  }
}

/** `--sandbox NAME` reads like the sandbox of that name and means an argument: refused where there is such a sandbox. */
async function refuseSandboxWord(argv: readonly string[]): Promise<void> {
  const word = argv[argv.indexOf("--sandbox") + 1];
  if (!argv.includes("--sandbox") || word === undefined || word.startsWith("-")) return;
  const { sandboxRuns } = await import("./running-sandboxes.ts");
  if (sandboxRuns(os.homedir(), word) === undefined) return;
  throw new FlyteError({
    code: "SANDBOX_WORD",
    blame: "usage",
    message: `--sandbox ${word} would mean the sandbox named flyte, and take ${word} as an argument`,
    hint: `write --sandbox=${word}, or put the argument ${word} before --sandbox`,
  });
}

/** oclif knows no flags whose value may be missing: `--sandbox` alone is the sandbox named "flyte". */
export function withSandboxName(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((argument, index) => (argument === "--sandbox" && (end === -1 || index < end) ? "--sandbox=flyte" : argument));
}
