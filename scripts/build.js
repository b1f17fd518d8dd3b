// Bundles the package into dist: the command line (with only the messages of proto/client-messages.js) and the daemon (with
// all of flyteidl); then writes oclif's manifest.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadBundle } from "../bin/load-bundle.js";
import { writeThirdPartyLicenses } from "./third-party-licenses.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, "dist");
const inRoot = (name) => path.join(root, name);

// oclif's own requires, made lazy: evaluating them all takes a third of a command's start. The expression reads
// tsc's output of the pinned version; the count is checked below, so a new version cannot pass by unnoticed.
const expectedRequires = { files: 40, requires: 180 };
const seen = { files: 0, requires: 0 };
const lazyOclif = {
  name: "lazy-oclif",
  setup(bundle) {
    bundle.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path: file }) => {
      const names = [];
      let source = (await readFile(file, "utf8")).replace(
        /^const (\w+_\d+) = ((?:__importDefault\(|__importStar\()?require\("[^"]+"\)\)?);$/gm,
        (_line, name, expression) => {
          names.push(name);
          return `let $${name};function ${name}$(){return $${name}??=${expression}}`;
        },
      );
      // In parentheses, or `new x_1.default()` would construct the getter.
      for (const name of names) source = source.replace(new RegExp(`(?<![\\w$.])${name}(?![\\w$])`, "g"), `(${name}$$())`);
      if (names.length > 0) seen.files++;
      seen.requires += names.length;
      return { contents: source, loader: "js" };
    });
  },
};

// `debug` loads tty and net to find out that nobody debugs; wsl-utils reads /proc to open a browser we never open. Ink's
// devtools.js wants a package that only its own developers install.
const stubs = {
  name: "stubs",
  setup(bundle) {
    bundle.onResolve({ filter: /^(debug|wsl-utils)$/ }, ({ path: name }) => ({ path: name, namespace: "stub" }));
    bundle.onResolve({ filter: /^[.][/]devtools[.]js$/ }, ({ importer }) =>
      /[\\/]ink[\\/]build[\\/]/.test(importer) ? { path: "ink-devtools", namespace: "stub" } : undefined,
    );
    // SSH to an engine would bring native code; BuildKit's sessions a second gRPC and protobuf. Neither is used.
    bundle.onResolve({ filter: /^[.][/](ssh|session|buildkit)$/ }, ({ path: name, importer }) =>
      /[\\/](docker-modem|dockerode)[\\/]lib[\\/]/.test(importer) ? { path: `docker-${name.slice(2)}`, namespace: "stub" } : undefined,
    );
    bundle.onLoad({ filter: /^docker-/, namespace: "stub" }, () => ({
      contents:
        'module.exports=()=>{throw new Error("an engine behind ssh:// is not supported: forward its socket with ssh -L, and name that in DOCKER_HOST")};',
      loader: "js",
    }));
    bundle.onLoad({ filter: /^ink-devtools$/, namespace: "stub" }, () => ({ contents: "export {};", loader: "js" }));
    bundle.onLoad({ filter: /.*/, namespace: "stub" }, ({ path: name }) => ({
      contents:
        name === "debug"
          ? "const quiet=()=>{const log=()=>{};log.enabled=false;log.extend=quiet;return log};module.exports=Object.assign(quiet,{default:quiet,enable(){},disable(){},enabled:()=>false,formatters:{}});"
          : "module.exports={isWsl:require('node:os').release().toLowerCase().includes('microsoft')};",
      loader: "js",
      resolveDir: root,
    }));
  },
};

// What is large and not for every command stands in files of its own, loaded when a module that imports it is evaluated:
// the bundle is read, decoded and looked up in the compile cache whole at every start. A package that another part uses
// too must stand in that part, or it is there twice.
const messages = "src/idl/gen/flyteidl-client.js";
const parts = {
  idl: [`./${messages}`, "protobufjs/minimal.js", "protobufjs/light.js"],
  reflection: ["./src/idl/gen/reflection.js"],
  undici: ["undici"],
  yaml: ["yaml"],
  // Of `sandbox` on kind alone.
  cluster: ["dockerode", "execa", "listr2"],
};
// CommonJS in a bundle that is a module asks for `require`.
const requireBanner = { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" };
const drawing = "src/cli/watch/live-tree.ts";

// The engine is bundled once, for the daemon and for `serve`; what it loads only when it is configured lies beside it.
const elsewhere = (filter, bundle, kinds = ["dynamic-import"]) => ({
  name: `elsewhere ${bundle}`,
  setup(own) {
    own.onResolve({ filter }, ({ kind }) =>
      kinds.includes(kind) ? { path: bundle, namespace: "elsewhere", sideEffects: false } : undefined,
    );
    own.onResolve({ filter: /[.]cjs$/ }, ({ namespace, path: name }) =>
      namespace === "elsewhere" ? { path: name, external: true } : undefined,
    );
    own.onLoad({ filter: /./, namespace: "elsewhere" }, ({ path: name }) => ({
      contents: `module.exports=require(${JSON.stringify(name)});`,
      loader: "js",
      resolveDir: root,
    }));
  },
});
const engineApart = elsewhere(/[\\/]host[\\/]daemon\.ts$/, "./../daemon.cjs");
const dockerApart = elsewhere(/^dockerode$/, "./docker-client.cjs", ["import-statement"]);
const s3OfCopilot = elsewhere(/[\\/]s3-client\.ts$/, "./../s3-client.cjs");
const s3Apart = elsewhere(/[\\/]s3-client\.ts$/, "./s3-client.cjs");

const apart = {
  name: "apart",
  setup(bundle) {
    const named = new Map(Object.entries(parts).flatMap(([part, names]) => names.map((name) => [name, part])));
    bundle.onResolve({ filter: /./ }, ({ path: name, kind, resolveDir }) => {
      if (name === "./live-tree.ts" && kind === "dynamic-import") return { path: "./live-tree.js", external: true };
      if (/^[.][/]\w+[.]cjs$/.test(name)) return { path: name, external: true };
      const own = name.startsWith(".") ? `./${path.relative(root, path.join(resolveDir, name)).split(path.sep).join("/")}` : name;
      const wanted = own === "./src/idl/gen/flyteidl.js" ? `./${messages}` : own;
      return named.has(wanted) ? { path: wanted, namespace: "apart", sideEffects: false } : undefined;
    });
    bundle.onLoad({ filter: /./, namespace: "apart" }, ({ path: name }) => ({
      // What is a module of ours keeps its default export; what is CommonJS is one as a whole.
      contents: name.endsWith("/reflection.js")
        ? `export default require("./${named.get(name)}.cjs")[${JSON.stringify(name)}].default;`
        : `module.exports=require("./${named.get(name)}.cjs")[${JSON.stringify(name)}];`,
      loader: "js",
      resolveDir: root,
    }));
  },
};

// An import statement of a built-in module reads all its exports, and one of node:http's loads undici (35 ms); like this
// those alone are read that somebody names.
const builtins = {
  name: "builtins",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
      kind === "import-statement" && builtinModules.includes(name.slice(5))
        ? { path: name, namespace: "builtin", sideEffects: false }
        : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: name }) => ({
      contents: [
        `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(name)});`,
        "export default builtin;",
        ...Object.keys(process.getBuiltinModule(name))
          .filter((key) => /^[A-Za-z_]\w*$/.test(key) && key !== "default")
          .map((key) => `const $${key} = /* @__PURE__ */ (() => builtin.${key})(); export { $${key} as ${key} };`),
      ].join("\n"),
      loader: "js",
    }));
  },
};

// Else React's development build, which is slow and large, is bundled beside the other.
const production = { "process.env.NODE_ENV": '"production"' };
const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
};

// What bin/load-bundle.js runs.
const script = { format: "cjs", define: { "import.meta.url": "__bundleUrl" } };

/** Its first line, and letters beyond ASCII (esbuild leaves them in regular expressions) escaped. */
async function finish(file) {
  const source = (await readFile(file, "utf8")).replace(
    /[^\0-\x7f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  await writeFile(file, `//${createHash("sha256").update(source).digest("hex")}\n${source}`);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

// One file, in which a command's modules are evaluated when it is chosen: a hundred files cost more to find, read and link
// than the whole of them to read.
const commands = (await Array.fromAsync(glob("src/commands/**/*.ts", { cwd: root }))).filter((file) => !file.endsWith(".test.ts")).sort();
const idOf = (file) => path.relative("src/commands", file).replace(/\.ts$/, "").split(path.sep).join(":");
const loaders = commands.map((file) => `${JSON.stringify(idOf(file))}: () => import(${JSON.stringify(`./${file}`)})`);
const cli = await build({
  ...common,
  stdin: {
    contents: `import { main } from "./src/main.ts";\nexport const loaders = { ${loaders.join(", ")} };\nexport const start = (root) => main(root, loaders);`,
    resolveDir: root,
    sourcefile: "command-line.js",
  },
  outfile: path.join(dist, "cli/main.cjs"),
  ...script,
  define: { ...script.define, ...production },
  plugins: [builtins, lazyOclif, stubs, engineApart, apart],
});
const separate = await Promise.all([
  build({
    ...common,
    entryPoints: [drawing],
    outfile: path.join(dist, "cli/live-tree.js"),
    banner: requireBanner,
    define: production,
    plugins: [builtins, stubs, apart],
  }),
  build({
    ...common,
    ...script,
    entryPoints: ["src/host/copilot.ts"],
    outfile: path.join(dist, "cli/copilot.cjs"),
    plugins: [builtins, s3OfCopilot, stubs, apart],
  }),
  ...Object.entries(parts).map(([part, names]) =>
    build({
      ...common,
      ...script,
      stdin: {
        contents: `module.exports={${names.map((name) => `get ${JSON.stringify(name)}(){return require(${JSON.stringify(name)})}`).join()}};`,
        resolveDir: root,
        sourcefile: `${part}.js`,
      },
      outfile: path.join(dist, `cli/${part}.cjs`),
      plugins: [stubs],
    }),
  ),
]);
for await (const file of glob("cli/*.cjs", { cwd: dist })) await finish(path.join(dist, file));
if (seen.files < expectedRequires.files || seen.requires < expectedRequires.requires) {
  throw new Error(`made ${seen.requires} requires of @oclif/core lazy in ${seen.files} files: its output has changed, see lazyOclif`);
}

// One file each: what the daemon runs in Python is found beside it.
const daemon = await build({
  ...common,
  ...script,
  plugins: [builtins, s3Apart, dockerApart],
  entryPoints: ["src/host/daemon.ts"],
  outfile: path.join(dist, "daemon.cjs"),
});
const s3 = await build({
  ...common,
  ...script,
  plugins: [builtins],
  entryPoints: ["src/stores/s3/s3-client.ts"],
  outfile: path.join(dist, "s3-client.cjs"),
});
const docker = await build({
  ...common,
  ...script,
  stdin: { contents: 'module.exports=require("dockerode");', resolveDir: root, sourcefile: "docker-client.js" },
  outfile: path.join(dist, "docker-client.cjs"),
  plugins: [stubs],
});
for (const name of ["daemon.cjs", "s3-client.cjs", "docker-client.cjs"]) await finish(path.join(dist, name));
const packages = await writeThirdPartyLicenses(
  root,
  [cli, ...separate, daemon, s3, docker].map(({ metafile }) => metafile),
  path.join(dist, "THIRD-PARTY-LICENSES.txt"),
);

// Python goes where `new URL(…, import.meta.url)` of its room finds it: `./<file>` of the daemon, and of the command line
// `../authoring/<file>`, which is right in src/authoring and in dist/cli.
for (const [room, folder] of [
  ["compute/local", "."],
  ["authoring", "authoring"],
]) {
  for await (const file of glob(`src/${room}/*.py`, { cwd: root })) {
    await mkdir(path.join(dist, folder), { recursive: true });
    await copyFile(inRoot(file), path.join(dist, folder, path.basename(file)));
  }
}

// The types that task plugins of other packages are written against (docs/plugins.md): `flyte/plugin`.
execFileSync(process.execPath, [inRoot("node_modules/typescript/bin/tsc"), "-p", "tsconfig.plugin-api.json"], {
  cwd: root,
  stdio: "inherit",
});
await mkdir(path.join(dist, "plugin-api/idl/gen"), { recursive: true });
await copyFile(inRoot("src/idl/gen/flyteidl.d.ts"), path.join(dist, "plugin-api/idl/gen/flyteidl.d.ts"));

// oclif's manifest: a run reads flags and summaries there and imports the chosen command alone.
const { Plugin } = await import("@oclif/core/config");
const { loaders: load } = loadBundle(pathToFileURL(path.join(dist, "cli/main.cjs")), "build").exports;
const plugin = new Plugin({ root, errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true });
plugin.getCommandIDs = () => Object.keys(load).sort();
plugin.findCommand = async (id) => (await load[id]()).default;
await plugin.load();
const { version } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
if (plugin.manifest.version !== version) throw new Error(`the manifest says ${plugin.manifest.version}, package.json ${version}`);
await writeFile(inRoot("oclif.manifest.json"), `${JSON.stringify(plugin.manifest)}\n`);
process.stdout.write(
  `${commands.length} commands, ${seen.requires} lazy requires in ${seen.files} files of @oclif/core, ${packages} packages bundled\n`,
);
