import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxLoad extends FlyteCommand {
  static override summary = "Copy images of this machine's Docker into a local deployment's cluster, for tasks.";
  static override examples = ["<%= config.bin %> sandbox load my-image:v1 other:v2"];
  static override strict = false;
  static override args = { image: Args.string({ description: "IMAGE as Docker names it; several may be given.", required: true }) };
  static override flags = { name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }) };

  async run(): Promise<Answer> {
    const { flags, argv } = await this.parse(SandboxLoad);
    const { onCluster } = await import("../../sandbox/on-cluster.ts");
    const record = await onCluster(flags.name, "load");
    const { loadUserImages } = await import("../../sandbox/backends/kind/load-user-images.ts");
    const items = await loadUserImages(record, argv.map(String), this.signal);
    return {
      data: { items },
      text: () => items.map(({ image, changed }) => `${changed ? "Loaded" : "It is there:"} ${image}\n`).join(""),
    };
  }
}
