import { main } from "../../src/host/daemon.ts";

// A daemon from the sources, as bin/flyte-daemon.js runs it from the bundle: `<configuration> [--role ROLES]`.
const [configuration, mode, ...more] = process.argv.slice(2);
await main("0.0.0", configuration, mode, ...more);
