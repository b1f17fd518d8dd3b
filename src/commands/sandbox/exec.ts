import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { streamed, type Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxExec extends FlyteCommand {
  static override summary = "Run a command in the node of a local deployment's cluster.";
  static override examples = [
    "<%= config.bin %> sandbox exec -- kubectl get pods --all-namespaces",
    "<%= config.bin %> sandbox exec -- crictl images",
  ];
  static override strict = false;
  static override args = { command: Args.string({ description: "COMMAND and its arguments, after --.", required: true }) };
  static override flags = { name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }) };

  async run(): Promise<Answer> {
    const { flags, argv } = await this.parse(SandboxExec);
    const { onCluster } = await import("../../sandbox/on-cluster.ts");
    const record = await onCluster(flags.name, "exec");
    const { execInNode } = await import("../../sandbox/backends/kind/exec-in-node.ts");
    const terminal = { input: process.stdin, output: process.stdout, errors: process.stderr };
    process.exitCode = await execInNode(record, argv.map(String), terminal, this.signal);
    return streamed;
  }
}
