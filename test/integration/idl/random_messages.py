"""Random messages of every type of flyteidl, and the comparison of what came back.

  generate SEED   one JSON object a line: {type, wire (hex), json or null}
  compare         reads {type, wire, returned, fromJson or null, json or null} a line; prints what differs, one JSON object a line
"""
import importlib
import json
import math
import pkgutil
import random
import sys

import flyteidl
from google.protobuf import descriptor_pool, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor as F

for module in pkgutil.walk_packages(flyteidl.__path__, "flyteidl."):
    if module.name.endswith("_pb2"):
        importlib.import_module(module.name)

POOL = descriptor_pool.Default()


def message_types():
    seen = {}

    def visit(descriptor):
        if descriptor.full_name in seen or descriptor.GetOptions().map_entry:
            return
        seen[descriptor.full_name] = descriptor
        for nested in descriptor.nested_types:
            visit(nested)

    for name, module in sorted(sys.modules.items()):
        if name.startswith("flyteidl.") and name.endswith("_pb2"):
            for descriptor in module.DESCRIPTOR.message_types_by_name.values():
                visit(descriptor)
    return [seen[name] for name in sorted(seen)]


def instance(name):
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))()


# Without -0.0: text made by JSON.stringify cannot hold it.
def scalar(rng, field):
    kind = field.cpp_type
    if kind == F.CPPTYPE_ENUM:
        return rng.choice(field.enum_type.values).number
    if kind == F.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == F.CPPTYPE_INT32:
        return rng.choice([0, 1, -1, 2**31 - 1, -(2**31), rng.randrange(-(2**31), 2**31)])
    if kind == F.CPPTYPE_INT64:
        return rng.choice([0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63), rng.randrange(-(2**63), 2**63)])
    if kind == F.CPPTYPE_UINT32:
        return rng.choice([0, 1, 2**32 - 1, rng.randrange(2**32)])
    if kind == F.CPPTYPE_UINT64:
        return rng.choice([0, 1, 2**64 - 1, rng.randrange(2**64)])
    if kind in (F.CPPTYPE_DOUBLE, F.CPPTYPE_FLOAT):
        return rng.choice([0.0, 0.1, 1e-30, -1.5, 1e30, math.inf, -math.inf, math.nan, rng.uniform(-1e6, 1e6)])
    if field.type == F.TYPE_BYTES:
        return rng.randbytes(rng.choice([0, 1, 2, 3, 33]))
    return rng.choice(["", "a", "true", "1", "__proto__", "ünï \u2028 \U0001f600", "line\nbreak \"quoted\" \\", "x" * 40])


def fill(rng, message, depth):
    name = message.DESCRIPTOR.full_name
    if name == "google.protobuf.Timestamp":
        message.seconds = rng.choice([0, 1, -1, -62135596800, 253402300799, rng.randrange(-62135596800, 253402300799)])
        message.nanos = rng.choice([0, 1, 1000, 1000000, 120000000, 999999999])
        return
    if name == "google.protobuf.Duration":
        sign = rng.choice([1, -1])
        message.seconds = sign * rng.choice([0, 1, 315576000000 - 1, rng.randrange(10**6)])
        message.nanos = sign * rng.choice([0, 1, 1000, 500000000, 999999999])
        return
    if name == "google.protobuf.Any":
        inner = instance("flyteidl.core.Identifier")
        fill(rng, inner, depth)
        message.Pack(inner)
        return
    if name == "google.protobuf.Value" or name == "google.protobuf.Struct" or name == "google.protobuf.ListValue":
        plain = {"a": [1, "two", None, True, {"b": -0.5}], "__proto__": "x", "é": {}, "n": rng.choice([0, 1e21, None, []])}
        json_format.ParseDict(plain if name != "google.protobuf.ListValue" else [plain], message)
        return
    chosen = {oneof.name: rng.choice(oneof.fields).name for oneof in message.DESCRIPTOR.oneofs}
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and chosen[field.containing_oneof.name] != field.name:
            continue
        if rng.random() < 0.15:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            if depth <= 0:
                continue
            target = getattr(message, field.name)
            value_field = field.message_type.fields_by_name["value"]
            for key in rng.sample(["", "a", "10", "2", "__proto__", "ключ", "constructor"], rng.randrange(4)):
                if value_field.message_type is not None:
                    fill(rng, target[key], depth - 1)
                else:
                    target[key] = scalar(rng, value_field)
        elif field.is_repeated:
            for _ in range(rng.randrange(3) if depth > 0 else 0):
                if field.message_type is not None:
                    fill(rng, getattr(message, field.name).add(), depth - 1)
                else:
                    getattr(message, field.name).append(scalar(rng, field))
        elif field.message_type is not None:
            if depth > 0:
                sub = getattr(message, field.name)
                sub.SetInParent()
                fill(rng, sub, depth - 1)
        else:
            setattr(message, field.name, scalar(rng, field))


# Python's flyteidl is newer than npm's by this field: it must survive the wire, and has no JSON there.
NEWER = "autoscaler_options"


def generate(seed):
    for descriptor in message_types():
        for depth in (0, 1, 3, 5):
            rng = random.Random(f"{seed} {descriptor.full_name} {depth}")
            message = message_factory.GetMessageClass(descriptor)()
            fill(rng, message, depth)
            text = json_format.MessageToJson(message, indent=None, preserving_proto_field_name=True)
            compact = json_format.MessageToJson(message, indent=None)
            newer = NEWER in text or descriptor.full_name.endswith("AutoscalerOptions")
            print(json.dumps({
                "type": descriptor.full_name,
                "wire": message.SerializeToString().hex(),
                "json": None if newer else compact,
                "protoJson": None if newer else text,
            }))


def canonical(name, wire):
    message = instance(name)
    message.ParseFromString(bytes.fromhex(wire))
    return message.SerializeToString(deterministic=True)


def compare():
    for line in sys.stdin:
        record = json.loads(line)
        wanted = canonical(record["type"], record["wire"])
        for key in ("returned", "fromJson", "fromProtoJson"):
            if record.get(key) is not None and canonical(record["type"], record[key]) != wanted:
                print(json.dumps({"type": record["type"], "what": key, "wire": record["wire"], "got": record[key]}))
        if record.get("json") is not None:
            back = instance(record["type"])
            json_format.Parse(record["json"], back)
            if back.SerializeToString(deterministic=True) != wanted:
                print(json.dumps({"type": record["type"], "what": "json", "wire": record["wire"], "got": record["json"]}))


generate(sys.argv[2]) if sys.argv[1] == "generate" else compare()
