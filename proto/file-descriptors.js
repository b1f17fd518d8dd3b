// What a compiler of .proto files would say of each file: google.protobuf.FileDescriptorProto, for server reflection.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const require = createRequire(import.meta.url);
const protobuf = require("protobufjs");
const descriptor = require("protobufjs/ext/descriptor");

const { Type, Enum, Field, Service } = protobuf;
const scalars = [
  ...["double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string"].map((name, index) => [name, index + 1]),
  ...["bytes", "uint32"].map((name, index) => [name, index + 12]),
  ...["sfixed32", "sfixed64", "sint32", "sint64"].map((name, index) => [name, index + 15]),
];
const types = { ...Object.fromEntries(scalars), message: 11, enum: 14 };
const labels = { optional: 1, required: 2, repeated: 3 };
const httpRule = 72295728;
// Its bytes go along as what they are: an extension that the descriptors of options do not know.
descriptor.MethodOptions.add(new Field("http", httpRule, "bytes"));

/**
 * Files by name, and which of them declares a symbol: a package-qualified message, enum, service or method, or an extension
 * as `<type> <number>`. `files`: names below one of the `include` directories; what they import comes with them.
 */
export function fileDescriptors(files, include) {
  const root = new protobuf.Root();
  const parsed = new Map();
  // Those that protobufjs carries along have no file; they import nothing.
  const builtIn = (name) => protobuf.common.get(name)?.nested.google.nested.protobuf.nested;
  const read = (name) => {
    if (parsed.has(name)) return;
    const known = builtIn(name);
    if (known) {
      parsed.set(name, { package: "google.protobuf", imports: [], syntax: "proto3", own: new Set(Object.keys(known)) });
      root.addJSON(protobuf.common.get(name).nested);
      return;
    }
    const directory = include.find((one) => exists(path.join(one, name)));
    if (directory === undefined) throw new Error(`no ${name} in ${include.join(", ")}`);
    const text = readFileSync(path.join(directory, name), "utf8");
    protobuf.parse.filename = name;
    const { package: packageName, imports } = protobuf.parse(text, root, { keepCase: true });
    const publicImports = [...text.matchAll(/^import public "(.+)";/gm)].map(([, file]) => file);
    const syntax = /^syntax = "proto2"/m.test(text) ? "proto2" : "proto3";
    parsed.set(name, { package: packageName ?? "", imports: imports ?? [], publicImports, syntax });
    for (const imported of imports ?? []) read(imported);
  };
  for (const file of files) read(file);
  root.resolveAll();

  const described = {};
  const symbols = {};
  for (const [name, file] of parsed) {
    const scope = file.package === "" ? root : root.lookup(file.package);
    const own = (scope?.nestedArray ?? []).filter((one) => (file.own ? file.own.has(one.name) : one.filename === name));
    described[name] = Buffer.from(descriptor.FileDescriptorProto.encode(fileOf(name, file, own)).finish()).toString("base64");
    for (const one of own) note(one, name, symbols);
  }
  return { files: described, imports: Object.fromEntries([...parsed].map(([name, { imports }]) => [name, imports])), symbols };
}

function exists(file) {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

function note(object, file, symbols) {
  if (object instanceof Field) symbols[`${extendee(object)} ${object.id}`] = file;
  symbols[object instanceof Field ? extensionName(object) : object.fullName.slice(1)] = file;
  for (const nested of object.nestedArray ?? []) note(nested, file, symbols);
  for (const method of object.methodsArray ?? []) symbols[method.fullName.slice(1)] = file;
}

const extendee = (field) => field.parent.lookup(field.extend)?.fullName.slice(1) ?? field.extend;

// An extension of another package's message has its own full name as its name.
const extensionName = (field) => (field.name.startsWith(".") ? field.name : field.fullName).slice(1);

function fileOf(name, { package: packageName, imports, publicImports, syntax }, own) {
  return descriptor.FileDescriptorProto.fromObject({
    name,
    package: packageName,
    dependency: imports,
    publicDependency: (publicImports ?? []).map((file) => imports.indexOf(file)),
    messageType: own.filter((one) => one instanceof Type).map((one) => messageOf(one, syntax)),
    enumType: own.filter((one) => one instanceof Enum).map(enumOf),
    service: own.filter((one) => one instanceof Service).map(serviceOf),
    extension: own
      .filter((one) => one instanceof Field)
      .map((one) => ({ ...fieldOf(one, syntax), name: extensionName(one).split(".").at(-1), extendee: `.${extendee(one)}` })),
    ...(syntax === "proto3" && { syntax }),
  });
}

const camelCase = (name) => name.replace(/_+([a-zA-Z0-9])?/g, (_, letter = "") => letter.toUpperCase());
const entryName = (name) => `${camelCase(`_${name}`)}Entry`;

function messageOf(type, syntax) {
  // Those that stand for an `optional` come last and are no choices of anybody.
  const oneofs = [...type.oneofsArray.filter((oneof) => !isSynthetic(oneof)), ...type.oneofsArray.filter((oneof) => isSynthetic(oneof))];
  const nested = type.nestedArray;
  // Extensions are fields of what they extend as well, here.
  const fields = type.fieldsArray.filter((field) => !field.declaringField);
  const maps = fields.filter((field) => field.map);
  return {
    name: type.name,
    field: fields.map((field) => ({
      ...fieldOf(field, syntax),
      ...(field.partOf && { oneofIndex: oneofs.indexOf(field.partOf) }),
    })),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    nestedType: [
      ...maps.map((field) => ({
        name: entryName(field.name),
        field: [
          { name: "key", number: 1, label: labels.optional, type: types[field.keyType], jsonName: "key" },
          { name: "value", number: 2, label: labels.optional, ...valueType(field), jsonName: "value" },
        ],
        options: { mapEntry: true },
      })),
      ...nested.filter((one) => one instanceof Type).map((one) => messageOf(one, syntax)),
    ],
    enumType: nested.filter((one) => one instanceof Enum).map(enumOf),
    extensionRange: (type.extensions ?? []).map(([start, end]) => ({ start, end: end + 1 })),
    reservedRange: (type.reserved ?? []).filter(Array.isArray).map(([start, end]) => ({ start, end: end + 1 })),
    reservedName: (type.reserved ?? []).filter((one) => typeof one === "string"),
    ...(type.options?.deprecated && { options: { deprecated: true } }),
  };
}

const isSynthetic = (oneof) => oneof.fieldsArray.length === 1 && oneof.fieldsArray[0].options?.proto3_optional === true;

function valueType({ type, resolvedType }) {
  if (resolvedType === null) return { type: types[type] };
  return { type: resolvedType instanceof Enum ? types.enum : types.message, typeName: resolvedType.fullName };
}

function fieldOf(field, syntax) {
  const { options } = field;
  const own = {
    ...(options?.deprecated && { deprecated: true }),
    ...(typeof options?.packed === "boolean" && { packed: options.packed }),
  };
  return {
    name: field.name,
    number: field.id,
    label: field.repeated || field.map ? labels.repeated : syntax === "proto2" && field.required ? labels.required : labels.optional,
    ...(field.map ? { type: types.message, typeName: `${field.parent.fullName}.${entryName(field.name)}` } : valueType(field)),
    jsonName: options?.json_name ?? camelCase(field.name.split(".").at(-1)),
    ...(options?.default !== undefined && { defaultValue: String(options.default) }),
    ...(options?.proto3_optional && { proto3Optional: true }),
    ...(Object.keys(own).length > 0 && { options: own }),
  };
}

function enumOf(one) {
  return {
    name: one.name,
    value: Object.entries(one.values).map(([name, number]) => ({
      name,
      number,
      ...(one.valuesOptions?.[name]?.deprecated && { options: { deprecated: true } }),
    })),
    // Unlike a message's, these ranges hold their end.
    reservedRange: (one.reserved ?? []).filter(Array.isArray).map(([start, end]) => ({ start, end })),
    reservedName: (one.reserved ?? []).filter((each) => typeof each === "string"),
    ...(one.options?.allow_alias && { options: { allowAlias: true } }),
  };
}

function serviceOf(service) {
  return {
    name: service.name,
    method: service.methodsArray.map((method) => ({
      name: method.name,
      inputType: method.resolvedRequestType.fullName,
      outputType: method.resolvedResponseType.fullName,
      ...(method.requestStream && { clientStreaming: true }),
      ...(method.responseStream && { serverStreaming: true }),
      ...methodOptions(method),
    })),
  };
}

function methodOptions(method) {
  const rule = (method.parsedOptions ?? []).map((option) => option["(google.api.http)"]).find((one) => one !== undefined);
  if (rule === undefined) return {};
  const type = method.root.lookupType("google.api.HttpRule");
  const more = [rule.additional_bindings ?? []].flat();
  return { options: { http: type.encode(type.fromObject({ ...rule, additional_bindings: more })).finish() } };
}
