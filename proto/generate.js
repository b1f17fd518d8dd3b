// Makes src/idl/gen from the .proto files of @flyteorg/flyteidl and our own: one static module with everything, one
// with what the command line needs (it loads in a third of the time), reflection for the HTTP gateway, and the files'
// descriptors for gRPC's server reflection.
import { mkdir, readdir, rm, writeFile, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { clientMessages } from "./client-messages.js";
import { fileDescriptors } from "./file-descriptors.js";

const require = createRequire(import.meta.url);
const pbjs = promisify(require("protobufjs-cli/pbjs.js").main);
const protobuf = require("protobufjs");

const here = path.dirname(fileURLToPath(import.meta.url));
const flyteidl = path.join(path.dirname(require.resolve("@flyteorg/flyteidl/package.json")), "protos");
const out = path.join(here, "../src/idl/gen");

const protoFiles = async (directory) =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".proto"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

const include = [flyteidl, here, path.join(here, "include"), path.dirname(require.resolve("protobufjs/package.json"))];
const includeArgs = include.flatMap((directory) => ["-p", directory]);
const sources = [
  ...(await protoFiles(path.join(flyteidl, "flyteidl"))),
  ...(await protoFiles(path.join(here, "flyte"))),
  path.join(here, "include/google/rpc/status.proto"),
];
const staticArgs = ["-t", "static-module", "-w", "esm", "--no-delimited", "--no-typeurl", "--no-verify", "--no-convert", "--dts"];

/** The JSON descriptor cut down to the named messages and all they refer to. */
function prune(json, wanted) {
  const root = protobuf.Root.fromJSON(json).resolveAll();
  const keep = new Set();
  const visit = (type) => {
    if (!type || keep.has(type)) return;
    keep.add(type);
    if (type instanceof protobuf.Type) for (const field of type.fieldsArray) visit(field.resolvedType);
  };
  for (const name of wanted) visit(root.lookupTypeOrEnum(name));
  const kept = new Set([...keep].map((type) => type.fullName.slice(1)));
  const isAncestor = (name) => [...kept].some((full) => full.startsWith(`${name}.`));
  const cut = (node, prefix) => {
    const nested = {};
    for (const [name, child] of Object.entries(node.nested ?? {})) {
      const full = prefix ? `${prefix}.${name}` : name;
      if (child.methods) continue;
      const isType = child.fields || child.values;
      if (isType && !kept.has(full)) {
        if (isAncestor(full)) nested[name] = { fields: {}, ...cut(child, full) };
        continue;
      }
      const inner = cut(child, full);
      if (isType || Object.keys(inner.nested ?? {}).length > 0) nested[name] = { ...child, ...inner };
    }
    return Object.keys(nested).length > 0 ? { nested } : {};
  };
  return { ...(json.options ? { options: json.options } : {}), ...cut(json, "") };
}

/**
 * Namespaces, messages and enums of a static module are made when they are first read: nobody who loads it needs them
 * all, and making them is most of what loading costs. The lines are those of the pinned pbjs, so they are counted.
 */
async function makeLazy(file, least) {
  const open = [];
  let made = 0;
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => {
    const [, indent, owner, name] = /^( +)(\w+)\.(\w+) = \(function\(\) \{$/.exec(line) ?? [];
    if (name) {
      open.push(indent);
      made++;
      return `${indent}$lazy(${owner}, "${name}", function() {`;
    }
    if (open.length === 0 || line !== `${open.at(-1)}})();`) return line;
    return `${open.pop()}});`;
  });
  const root = lines.indexOf("// Exported root namespace");
  if (open.length > 0 || made < least || root === -1) throw new Error(`${made} members of ${file} are lazy: pbjs's output has changed`);
  const lazy = `// A member that is made when it is first read.
function $lazy($owner, $name, $make) {
    $Object.defineProperty($owner, $name, {
        configurable: true,
        enumerable: true,
        get() {
            const $value = $make();
            $Object.defineProperty($owner, $name, { value: $value, enumerable: true });
            return $value;
        }
    });
}
`;
  await writeFile(file, [...lines.slice(0, root), lazy, ...lines.slice(root)].join("\n"));
}

/** Methods by the full name of their service. */
function servicesOf(json) {
  const services = {};
  const visit = (namespace) => {
    for (const nested of namespace.nestedArray ?? []) {
      if (!(nested instanceof protobuf.Service)) {
        visit(nested);
        continue;
      }
      const methods = (services[nested.fullName.slice(1)] = {});
      for (const method of nested.methodsArray) {
        method.resolve();
        methods[method.name] = {
          request: method.resolvedRequestType.fullName.slice(1),
          response: method.resolvedResponseType.fullName.slice(1),
          requestStream: method.requestStream === true,
          responseStream: method.responseStream === true,
        };
      }
    }
  };
  visit(protobuf.Root.fromJSON(json).resolveAll());
  return services;
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await pbjs([...staticArgs, "-r", "flyte_static", ...includeArgs, "-o", path.join(out, "flyteidl.js"), ...sources]);
await makeLazy(path.join(out, "flyteidl.js"), 500);
const descriptor = path.join(out, "descriptor.json");
await pbjs(["-t", "json", ...includeArgs, "-o", descriptor, ...sources]);
const described = JSON.parse(await readFile(descriptor, "utf8"));
await writeFile(descriptor, JSON.stringify(prune(described, clientMessages)));
await pbjs([...staticArgs, "-r", "flyte_client", "-o", path.join(out, "flyteidl-client.js"), descriptor]);
await makeLazy(path.join(out, "flyteidl-client.js"), 200);
await rm(descriptor);

const relative = (file) =>
  path.relative(
    include.find((directory) => file.startsWith(`${directory}${path.sep}`)),
    file,
  );
const grpc = (await protoFiles(path.join(here, "include/grpc"))).map((file) => path.relative(path.join(here, "include"), file));
// Its alpha, which older clients ask for, differs by the name alone.
const alpha = "grpc/reflection/v1alpha/reflection.proto";
const older = path.join(out, "older");
await mkdir(path.dirname(path.join(older, alpha)), { recursive: true });
const current = await readFile(path.join(here, "include/grpc/reflection/v1/reflection.proto"), "utf8");
await writeFile(path.join(older, alpha), current.replace("package grpc.reflection.v1;", "package grpc.reflection.v1alpha;"));
const files = fileDescriptors([...[...sources].map(relative), ...grpc, alpha], [...include, older]);
await rm(older, { recursive: true });
const packed = gzipSync(JSON.stringify(files), { level: 9 }).toString("base64");
await writeFile(path.join(out, "descriptors.js"), `export default "${packed}";\n`);
await writeFile(path.join(out, "descriptors.d.ts"), "declare const packed: string;\nexport default packed;\n");

// A text, so that a program that needs no reflection does not even parse it.
await writeFile(path.join(out, "reflection.js"), `export default ${JSON.stringify(JSON.stringify(described))};\n`);
await writeFile(path.join(out, "reflection.d.ts"), "declare const descriptor: string;\nexport default descriptor;\n");
await writeFile(path.join(out, "services.js"), `export default ${JSON.stringify(servicesOf(described), null, 2)};\n`);
await writeFile(
  path.join(out, "services.d.ts"),
  `interface MethodOfService {
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}
declare const services: Readonly<Record<string, Readonly<Record<string, MethodOfService>>>>;
export default services;
`,
);
