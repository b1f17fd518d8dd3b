#!/usr/bin/env node
// The engine of the embedded sandbox; `flyte sandbox start` runs it. Its argument names its configuration file; `end` behind it
// only ends what an earlier one left running.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { main } = await import("../dist/daemon.js");
await main(process.argv[2], process.argv[3]);
