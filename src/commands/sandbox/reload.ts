import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxReload extends FlyteCommand {
  static override summary = "Have a local deployment's cluster run another engine image; its data is kept.";
  static override examples = ["<%= config.bin %> sandbox reload", "<%= config.bin %> sandbox reload --engine-image flyte-engine:mine"];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    "engine-image": Flags.string({ summary: "Default: the one it has, made anew.", helpValue: "IMAGE" }),
    timeout: Flags.integer({ summary: "Seconds that the engine may take.", default: 180, min: 1, max: 86_400 }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxReload);
    const { onCluster } = await import("../../sandbox/on-cluster.ts");
    const record = await onCluster(flags.name, "reload");
    const { reloadEngine } = await import("../../sandbox/backends/kind/reload-engine.ts");
    const { showProgress } = await import("../../sandbox/show-progress.ts");
    const form = this.envelope ? "json" : "lines";
    const progress = showProgress(form, { line: (text) => this.progress(text), warning: (text) => this.warning(text) });
    const reload = { record, engineImage: flags["engine-image"], timeoutMs: flags.timeout * 1000 };
    const endpoints = await reloadEngine(reload, progress.tell, this.signal).finally(() => progress.end());
    const { endpointsText } = await import("../../sandbox/endpoints-text.ts");
    return { data: endpoints, text: () => endpointsText(endpoints) };
  }
}
