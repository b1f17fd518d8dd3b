#!/usr/bin/env node
// The engine of the embedded sandbox; `flyte sandbox start` runs it. Its first argument names its configuration file; `end`
// behind it only ends what an earlier one left running, `--role propeller` and so on serves a part of it.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { main } = await import("../dist/daemon.js");
await main(...process.argv.slice(2));
