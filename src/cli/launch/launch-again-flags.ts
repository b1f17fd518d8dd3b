import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

/** Of commands that launch an execution once more. */
export const launchAgainArgs = { execution: Args.string({ required: true, description: "URN or name" }) };
export const launchAgainFlags = {
  name: Flags.string({ summary: "Name of the new execution; the deployment makes one otherwise." }),
  wait: Flags.boolean({ summary: "Wait for the end; exits 5 unless it succeeds." }),
  watch: Flags.boolean({ summary: "As --wait, showing its nodes on stderr: drawn on a terminal, else a line for each phase change." }),
};
