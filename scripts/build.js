// Bundles the package into dist: the command line (one file a command, shared chunks, only the messages of
// proto/client-messages.js) and the daemon (all of flyteidl); then writes oclif's manifest, so that a run imports
// the chosen command alone.
import { build } from "esbuild";
import { copyFile, glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
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

const clientMessages = {
  name: "client-messages",
  setup(bundle) {
    bundle.onResolve({ filter: /gen\/flyteidl\.js$/ }, () => ({ path: inRoot("src/idl/gen/flyteidl-client.js") }));
  },
};

// With splitting, a CommonJS package imported dynamically has a default export only, whatever its types say.
const noDynamicPackages = {
  name: "no-dynamic-packages",
  setup(bundle) {
    bundle.onResolve({ filter: /^[^.]/ }, ({ path: name, kind, importer }) => {
      if (kind !== "dynamic-import" || name.startsWith("node:") || importer.includes("node_modules")) return undefined;
      return { errors: [{ text: `import ${name} statically in a file of its own, and that file dynamically (in ${importer})` }] };
    });
  },
};

// An import statement of a built-in module reads all its exports, and one of node:http's loads undici (35 ms); asked for like
// this, none is read before its use.
const builtins = {
  name: "builtins",
  setup(bundle) {
    bundle.onResolve({ filter: /^node:/ }, ({ path: name, kind }) =>
      kind === "import-statement" && builtinModules.includes(name.slice(5))
        ? { path: name, namespace: "builtin", sideEffects: false }
        : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path: name }) => ({
      contents: `module.exports=process.getBuiltinModule(${JSON.stringify(name)});`,
      loader: "js",
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // CommonJS inside the bundle asks for `require`.
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const commands = (await Array.fromAsync(glob("src/commands/**/*.ts", { cwd: root }))).filter((file) => !file.endsWith(".test.ts")).sort();
const cli = await build({
  ...common,
  entryPoints: [
    { in: "src/main.ts", out: "main" },
    ...commands.map((file) => ({ in: file, out: file.replace(/^src[\\/]/, "").replace(/\.ts$/, "") })),
  ],
  outdir: dist,
  chunkNames: "chunks/[hash]",
  // Else React's development build, which is slow and large, is bundled beside the other.
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [builtins, noDynamicPackages, lazyOclif, stubs, clientMessages],
});
if (seen.files < expectedRequires.files || seen.requires < expectedRequires.requires) {
  throw new Error(`made ${seen.requires} requires of @oclif/core lazy in ${seen.files} files: its output has changed, see lazyOclif`);
}

// What few daemons need (a cluster, a database server) is in chunks beside it: parsing it all takes a fifth of the start. What
// the daemon runs in Python is found beside them too.
const daemon = await build({
  ...common,
  plugins: [builtins, noDynamicPackages],
  entryPoints: [{ in: "src/host/daemon.ts", out: "daemon" }],
  outdir: dist,
  chunkNames: "daemon-[hash]",
});
const packages = await writeThirdPartyLicenses(root, [cli.metafile, daemon.metafile], path.join(dist, "THIRD-PARTY-LICENSES.txt"));

// Python goes where `new URL(…, import.meta.url)` of its room finds it: `./<file>` of the daemon, and of the command line
// `../authoring/<file>`, which is right in src/authoring and in dist/chunks.
for (const [room, folder] of [
  ["compute/local", "."],
  ["authoring", "authoring"],
]) {
  for await (const file of glob(`src/${room}/*.py`, { cwd: root })) {
    await mkdir(path.join(dist, folder), { recursive: true });
    await copyFile(inRoot(file), path.join(dist, folder, path.basename(file)));
  }
}

const { Plugin } = await import("@oclif/core/config");
const plugin = new Plugin({ root, errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true });
await plugin.load();
const { version } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
if (plugin.manifest.version !== version) throw new Error(`the manifest says ${plugin.manifest.version}, package.json ${version}`);
const missing = Object.values(plugin.manifest.commands).filter((command) => !command.relativePath);
if (missing.length > 0) throw new Error(`no path in the manifest for ${missing.map((command) => command.id).join(", ")}`);
await writeFile(inRoot("oclif.manifest.json"), `${JSON.stringify(plugin.manifest)}\n`);
process.stdout.write(
  `${commands.length} commands, ${seen.requires} lazy requires in ${seen.files} files of @oclif/core, ${packages} packages bundled\n`,
);
