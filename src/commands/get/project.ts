import * as Args from "@oclif/core/args";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";
import { listFlags } from "../../cli/listing.ts";

export default class GetProject extends ClientCommand {
  static override summary = "List projects and their domains, or show one.";
  static override examples = ["<%= config.bin %> get project", "<%= config.bin %> get project flytesnacks --json"];
  static override args = { project: Args.string({ description: "id of a project" }) };
  static override flags = listFlags;

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(GetProject);
    const { getProject } = await import("../../cli/answers/get-projects.ts");
    return getProject(await this.deployment(flags), args.project, flags);
  }
}
