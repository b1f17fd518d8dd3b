import * as Flags from "@oclif/core/flags";
import type { Answer } from "../../cli/answer.ts";
import { FlyteCommand } from "../../cli/flyte-command.ts";

export default class SandboxBuildImage extends FlyteCommand {
  static override summary = "Build the image of Flyte's engine that clusters run.";
  static override description =
    "Makes it with the Docker engine from the files of this very installation: nothing is downloaded but the base. What was built of the same files is kept.";
  static override examples = [
    "<%= config.bin %> sandbox build-image",
    "<%= config.bin %> sandbox build-image --base node:24-alpine --tag flyte-engine:dev",
    "<%= config.bin %> sandbox build-image --base debootstrap",
  ];
  static override flags = {
    base: Flags.string({
      summary: "Build on this image with Node 24; debootstrap makes one from Debian's packages where none can be pulled.",
      helpValue: "IMAGE",
      default: "node:24-slim",
    }),
    tag: Flags.string({ summary: "Name of what is built; default flyte-engine and the version.", helpValue: "IMAGE" }),
  };

  async run(): Promise<Answer> {
    const { flags } = await this.parse(SandboxBuildImage);
    const { buildEngineImage } = await import("../../sandbox/engine-image/build-engine-image.ts");
    const made = await buildEngineImage({
      version: this.config.version,
      base: flags.base,
      ...(flags.tag !== undefined && { tag: flags.tag }),
      env: process.env,
      progress: (line) => this.progress(line),
    });
    const size = `${Math.round(made.size / 1e6)} MB`;
    return {
      data: made,
      text: () => `${made.image} ${made.built ? "built" : "is there already"}: ${made.id.slice(7, 19)}, ${size}, on ${made.base}\n`,
    };
  }
}
