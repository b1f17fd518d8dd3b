import { commands } from "./commands.js";
import { sandboxStart } from "./sandbox-start.js";

export const benchmarks = { "sandbox-start": sandboxStart, commands };
