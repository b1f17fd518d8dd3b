import protobuf from "protobufjs/light.js";
import type { Root, Type } from "protobufjs";
import descriptor from "./gen/reflection.js";

let root: Root | undefined;

/** All of flyteidl as protobufjs reflection. The first call takes some 70 ms: only what writes or reads ProtoJSON makes it. */
export function reflectionRoot(): Root {
  if (!root) {
    root = protobuf.Root.fromJSON(JSON.parse(descriptor) as protobuf.INamespace);
    root.resolveAll();
  }
  return root;
}

/** The reflected message of a full name such as `flyteidl.core.LiteralMap`; throws when there is none. */
export function reflectedType(fullName: string): Type {
  return reflectionRoot().lookupType(fullName);
}
