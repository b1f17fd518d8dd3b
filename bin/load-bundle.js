// Loads a bundle of dist with V8's code of an earlier run. Node's own compile cache keeps the code that exists before a file
// has run, which leaves every function that is called to be compiled again at every start: half of a command's time.
const { constants, Script } = process.getBuiltinModule("node:vm");
const fs = process.getBuiltinModule("node:fs");
const { createRequire, enableCompileCache } = process.getBuiltinModule("node:module");
const hashLength = 64;

/**
 * Runs dist/cli/main.cjs and the like (CommonJS, ASCII; its first line is a comment with its hash) and returns `exports` and
 * `keep`, which writes the code that has been compiled by then, for the next run under the same `use`: one for each command, as
 * code that is not used costs time too. The code lies where Node keeps its own, by Node's version and user, and NODE_COMPILE_CACHE
 * and NODE_DISABLE_COMPILE_CACHE mean the same for it.
 */
export function loadBundle(file, use) {
  const { directory } = enableCompileCache();
  const prefix = directory && `${directory}/flyte-${process.version}-${process.arch}-${process.getuid?.() ?? 0}/${use}`;
  const loaded = [];
  const load = (url) => {
    const path = process.getBuiltinModule("node:url").fileURLToPath(url);
    const source = fs.readFileSync(path, "latin1");
    const hash = source.slice(2, 2 + hashLength);
    const cache = prefix && `${prefix}-${path.slice(path.lastIndexOf("/") + 1)}.code`;
    const cachedData = cache && codeOf(cache, hash);
    const script = new Script(`(function(exports,require,module,__bundleUrl){${source}\n})`, {
      filename: path,
      cachedData,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (cache && (!cachedData || script.cachedDataRejected)) loaded.push({ cache, hash, script });
    const module = { exports: {} };
    const parts = new Map();
    let other;
    const require = (name) => {
      if (!name.startsWith("./")) return process.getBuiltinModule(name) ?? (other ??= createRequire(path))(name);
      if (!parts.has(name)) parts.set(name, load(new URL(name, url)));
      return parts.get(name);
    };
    script.runInThisContext()(module.exports, require, module, url.href);
    return module.exports;
  };
  return { exports: load(file), keep: () => loaded.forEach(keepCode) };
}

/** Code kept by this user for this very bundle. */
function codeOf(cache, hash) {
  let handle;
  try {
    handle = fs.openSync(cache, "r");
    if (fs.fstatSync(handle).uid !== (process.getuid?.() ?? 0)) return undefined;
    const kept = fs.readFileSync(handle);
    return kept.latin1Slice(0, hashLength) === hash ? kept.subarray(hashLength) : undefined;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** Whole or not at all; what cannot be kept is compiled again. */
function keepCode({ cache, hash, script }) {
  const partial = `${cache}.${process.pid}`;
  try {
    fs.mkdirSync(cache.slice(0, cache.lastIndexOf("/")), { recursive: true });
    // Synced, as V8 trusts what it finds: half of it after a loss of power would be run.
    const kept = Buffer.concat([Buffer.from(hash, "latin1"), script.createCachedData()]);
    fs.writeFileSync(partial, kept, { mode: 0o600, flag: "wx", flush: true });
    fs.renameSync(partial, cache);
  } catch {
    fs.rmSync(partial, { force: true });
  }
}
