import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxKubeconfig extends FlyteCommand {
  static override summary = "Print the path of the kubeconfig of a local deployment's cluster.";
  static override examples = ["export KUBECONFIG=$(<%= config.bin %> sandbox kubeconfig)"];
  static override flags = { name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }) };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxKubeconfig);
    const { onCluster } = await import("../../sandbox/on-cluster.ts");
    const { sandboxPaths } = await import("../../sandbox/sandbox-paths.ts");
    await onCluster(flags.name, "kubeconfig");
    const { kubeconfig } = sandboxPaths(flags.name);
    return { data: { kubeconfig }, text: () => `${kubeconfig}\n` };
  }
}
