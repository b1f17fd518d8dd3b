import { admin, adminPostgres } from "./admin.js";
import { commands } from "./commands.js";
import { engine } from "./engine.js";
import { eventLoop } from "./event-loop.js";
import { growth } from "./growth.js";
import { groupCommit } from "./group-commit.js";
import { kind } from "./kind.js";
import { memory } from "./memory.js";
import { pods } from "./pods.js";
import { python } from "./python.js";
import { sandboxStart } from "./sandbox-start.js";

export const benchmarks = {
  "sandbox-start": sandboxStart,
  commands,
  engine,
  "event-loop": eventLoop,
  admin,
  "admin-postgres": adminPostgres,
  memory,
  kind,
  pods,
  python,
  growth,
  "group-commit": groupCommit,
};
