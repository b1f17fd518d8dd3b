import protobuf from "protobufjs/minimal.js";
import { datacatalog, flyte, flyteidl, google } from "./gen/flyteidl.js";

// Unknown fields survive a decode and re-encode; newer clients lose nothing through an older server. The switch is
// global to protobufjs 8 and is set here only.
protobuf.Reader.discardUnknown = false;

export { datacatalog, flyte, flyteidl, google };
