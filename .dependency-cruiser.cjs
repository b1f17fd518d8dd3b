// Which room may import which: the table of docs/ARCHITECTURE.md, enforced. `npm run check` also asserts that modules
// were found at all, since an empty run passes.
const only = (room, allowed, extra = {}) => ({
  name: `${room}-imports`,
  severity: "error",
  from: { path: `^src/${room}/`, pathNot: "[.]test[.]ts$", ...extra },
  to: { path: "^src/", pathNot: [`^src/${room}/`, ...allowed.map((other) => `^src/${other}[/.]`)] },
});
const base = ["std", "idl"];
const seams = [...base, "ports"];
module.exports = {
  forbidden: [
    only("std", []),
    only("idl", ["std"]),
    only("ports", base),
    only("compiler", base),
    only("plugins/machinery", seams),
    only("plugins/container", [...seams, "plugins/machinery"]),
    only("plugins/connector", [...seams, "plugins/machinery"]),
    only("plugins/sleep", [...seams, "plugins/machinery"]),
    only("plugins/pod", [...seams, "plugins/machinery"]),
    only("plugins/external", seams),
    only("compute/machinery", seams),
    only("compute/local", [...seams, "compute/machinery"]),
    only("compute/docker", [...seams, "compute/machinery"]),
    only("compute/kubernetes", seams),
    only("compute/scripted", seams),
    only("copilot", seams),
    only("engine", [...seams, "compiler", "plugins/machinery"]),
    only("engine/scheduler", [...seams, "engine/settings", "engine/events/row-time"]),
    only("stores", seams),
    only("client", base),
    only("links", [...seams, "client"]),
    only("host", [...seams, "compiler", "plugins", "compute", "engine", "stores", "links", "copilot"]),
    only("authoring", [...base, "client", "compiler"]),
    // The shape of the daemon's configuration, types only; a cluster's API server, where the sandbox is one.
    only("sandbox", [...seams, "client", "compute/docker", "compute/kubernetes", "host/host-config"]),
    only("demo", [...base, "client", "authoring", "sandbox", "cli"]),
    only("doctor", [...base, "client", "sandbox", "cli"]),
    only("cli", [...base, "client", "authoring"]),
    only("commands", [...base, "cli", "client", "authoring", "compiler", "sandbox", "demo", "doctor"], {
      pathNot: ["[.]test[.]ts$", "^src/commands/serve[.]ts$"],
    }),
    {
      name: "serve-runs-the-engine",
      severity: "error",
      from: { path: "^src/commands/serve[.]ts$" },
      to: { path: "^src/", pathNot: ["^src/(std|cli)/", "^src/host/daemon[.]ts$"] },
    },
    {
      name: "commands-know-no-command",
      severity: "error",
      from: { path: "^src/commands/(.+)[.]ts$" },
      to: { path: "^src/commands/", pathNot: "^src/commands/$1[.]ts$" },
    },
    {
      name: "std-is-bare",
      severity: "error",
      from: { path: "^src/std/", pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["npm", "npm-dev"] },
    },
    {
      name: "engine-knows-no-vendor",
      severity: "error",
      from: { path: "^src/engine/", pathNot: ["^src/engine/gateway/", "[.]test[.]ts$"] },
      to: { dependencyTypes: ["npm", "npm-dev"], pathNot: "node_modules/(long|protobufjs)/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "src/idl/gen" },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: false,
  },
};
