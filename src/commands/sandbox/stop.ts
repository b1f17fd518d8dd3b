import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxStop extends FlyteCommand {
  static override summary = "Stop a local deployment; its data is kept.";
  static override examples = ["<%= config.bin %> sandbox stop", "<%= config.bin %> sandbox stop --name two --delete-data"];
  static override flags = {
    name: Flags.string({ summary: "Sandbox NAME.", default: "flyte" }),
    "delete-data": Flags.boolean({ summary: "Remove everything of it, also when it does not run.", default: false }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxStop);
    const { stopSandbox } = await import("../../sandbox/stop-sandbox.ts");
    const stopped = await stopSandbox(flags.name, { deleteData: flags["delete-data"] });
    const what = stopped.stopped ? `Stopped "${stopped.name}"` : `"${stopped.name}" was not running`;
    const tables = stopped.database === undefined ? "" : `; the tables in ${stopped.database} are kept`;
    return {
      data: stopped,
      text: () => `${what}; ${stopped.dataDeleted ? "its data is gone" : `its data is kept in ${stopped.dataDir}`}${tables}\n`,
    };
  }
}
