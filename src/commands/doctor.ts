import os from "node:os";
import type { Answer } from "../cli/answer.ts";
import { ClientCommand } from "../cli/client-command.ts";

export default class Doctor extends ClientCommand {
  static override summary = "Look for what is wrong on this machine: programs, configuration, deployment, Python, disk, ports.";
  static override description = "Exits 3 when something will not work. Nothing is changed.";
  static override examples = ["<%= config.bin %> doctor", "<%= config.bin %> doctor --json"];

  async run(): Promise<Answer> {
    const { flags } = await this.parse(Doctor);
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return runDoctor({ flags, environment: process.env, cwd: process.cwd(), home: os.homedir() }, this.config.version);
  }
}
