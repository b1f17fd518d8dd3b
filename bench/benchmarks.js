import { commands } from "./commands.js";
import { groupCommit } from "./group-commit.js";
import { sandboxStart } from "./sandbox-start.js";

export const benchmarks = { "sandbox-start": sandboxStart, commands, "group-commit": groupCommit };
