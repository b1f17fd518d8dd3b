#!/usr/bin/env node
// The engine of the embedded sandbox; `flyte sandbox start` runs it. Its one argument names its configuration file.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { main } = await import("../dist/daemon.js");
await main(process.argv[2]);
