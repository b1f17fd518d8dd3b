import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxStatus extends FlyteCommand {
  static override summary = "Show whether local deployments run, and where.";
  static override examples = [
    "<%= config.bin %> sandbox status",
    "<%= config.bin %> sandbox status --name two --json",
    "<%= config.bin %> sandbox status --all",
  ];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    all: Flags.boolean({ summary: "Every sandbox of this machine.", exclusive: ["name"] }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxStatus);
    const { allSandboxes, sandboxStatus } = await import("../../sandbox/sandbox-status.ts");
    const { listRecords } = await import("../../sandbox/sandbox-record.ts");
    const { othersText, statusText } = await import("../../sandbox/endpoints-text.ts");
    if (flags.all) {
      const items = await allSandboxes();
      return { data: { items, nextToken: "" }, text: () => items.map(statusText).join("\n") };
    }
    const status = await sandboxStatus(flags.name);
    const others = (await listRecords()).filter(({ name }) => name !== status.name).map(({ name }) => name);
    return { data: status, text: () => statusText(status) + othersText(others) };
  }
}
