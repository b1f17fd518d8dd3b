import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";

export default class ConfigShow extends ClientCommand {
  static override summary = "Show every setting with where it comes from.";
  static override description =
    "Flags win over variables (FLYTE_PLATFORM_URL, FLYTE_PLATFORM_INSECURE, FLYTE_DEFAULT_PROJECT, FLYTE_DEFAULT_DOMAIN), these over ./.flyte/config.yaml, that over ~/.flyte/config.yaml. FLYTECTL_CONFIG names the only file.";
  static override examples = ["<%= config.bin %> config show", "<%= config.bin %> config show --sandbox --json"];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(ConfigShow);
    const { configAnswer } = await import("../../cli/settings/config-answer.ts");
    return configAnswer(flags, (line) => this.warning(line));
  }
}
