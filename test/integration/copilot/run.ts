import { start } from "../../../src/host/copilot.ts";

// As bin/run.js runs it, from its source.
await start();
