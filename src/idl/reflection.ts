import type { Root, Type } from "protobufjs";
import root from "./gen/reflection.js";

// Importing this file costs some 30 ms; only what writes or reads ProtoJSON does so, never the command line's start.
let resolved = false;

/** All of flyteidl as protobufjs reflection, resolved at the first call. */
export function reflectionRoot(): Root {
  if (!resolved) {
    root.resolveAll();
    resolved = true;
  }
  return root;
}

/** The reflected message of a full name such as `flyteidl.core.LiteralMap`; throws when there is none. */
export function reflectedType(fullName: string): Type {
  return reflectionRoot().lookupType(fullName);
}
