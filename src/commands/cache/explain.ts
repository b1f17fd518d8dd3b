import * as Args from "@oclif/core/args";
import type { Answer } from "../../cli/answer.ts";
import { ClientCommand } from "../../cli/client-command.ts";

export default class CacheExplain extends ClientCommand {
  static override summary = "Say why a node execution was answered from the cache, or was not.";
  static override description =
    "Of a miss: which of project, domain, cache version, interface and inputs differ from the nearest result that was cached before.";
  static override examples = [
    "<%= config.bin %> cache explain ne:f6a4b2c:n0",
    "<%= config.bin %> cache explain ne:flytesnacks:development:f6a4b2c:n0 --json",
  ];
  static override args = { node: Args.string({ required: true, description: "URN of a node execution" }) };

  async run(): Promise<Answer> {
    const { args, flags } = await this.parse(CacheExplain);
    const { explainCache } = await import("../../cli/cache/explain-cache.ts");
    return explainCache(await this.deployment(flags), args.node);
  }
}
