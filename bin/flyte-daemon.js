#!/usr/bin/env node
// The engine of the embedded sandbox; `flyte sandbox start` runs it. Its first argument names its configuration file; `end`
// behind it only ends what an earlier one left running, `--role propeller` and so on serves a part of it.
import { loadBundle } from "./load-bundle.js";

const args = process.argv.slice(2);
const { exports, keep } = loadBundle(new URL("../dist/daemon.cjs", import.meta.url), args[1] === "end" ? "end" : "serve");
const { version } = JSON.parse(process.getBuiltinModule("node:fs").readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const ending = exports.main(version, ...args);
// It is what starting took; later, so that nobody waits for it.
setTimeout(keep, 2000).unref();
await ending;
