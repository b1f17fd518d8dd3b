"""Reads a server's reflection and holds each file against the one that Flyte's own package was compiled from.

Arguments: PORT. Prints one JSON object. The messages of reflection are put together by hand: fields by number, as in gRPC's
description of the protocol.
"""
import difflib
import json
import sys

import flyteidl.admin.launch_plan_pb2
import flyteidl.core.catalog_pb2
import flyteidl.datacatalog.datacatalog_pb2
import flyteidl.plugins.kubeflow.pytorch_pb2
import flyteidl.service.admin_pb2
import flyteidl.service.agent_pb2
import flyteidl.service.dataproxy_pb2
import flyteidl.service.signal_pb2  # noqa: F401
import grpc
from google.api import http_pb2  # noqa: F401
from google.protobuf import descriptor_pb2, descriptor_pool

channel = grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}")


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value if isinstance(value, bytes) else value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    found = []
    at = 0

    def read():
        nonlocal at
        shift = result = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    while at < len(data):
        tag = read()
        if tag & 7 == 0:
            found.append((tag >> 3, read()))
        else:
            length = read()
            found.append((tag >> 3, data[at:at + length]))
            at += length
    return found


def ask(version, *requests):
    method = channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
    return [fields(reply) for reply in method(iter(requests), timeout=20)]


def only(reply, number):
    return [value for key, value in reply if key == number]


def files_of(reply):
    return [descriptor_pb2.FileDescriptorProto.FromString(raw) for answer in only(reply, 4) for _, raw in fields(answer)]


def error_of(reply):
    answer = dict(fields(only(reply, 7)[0]))
    return [answer[1], answer[2].decode()]


results = {}
for version in ("v1", "v1alpha"):
    listed, = ask(version, field(1, "here") + field(7, "*"))
    results[version] = {
        "host": only(listed, 1)[0].decode(),
        "original": only(listed, 2)[0] == field(1, "here") + field(7, "*"),
        "services": sorted(dict(fields(one))[1].decode() for _, one in fields(only(listed, 6)[0])),
    }

everything = {}
for service in results["v1"]["services"]:
    reply, = ask("v1", field(4, service))
    everything.update({one.name: one for one in files_of(reply)})
results["files"] = sorted(everything)

# A pool takes a file only when all that it names is there and right.
pool = descriptor_pool.DescriptorPool()


def add(name):
    for needed in everything[name].dependency:
        add(needed)
    pool.Add(everything[name]) if hasattr(pool, "Add") else pool.AddSerializedFile(everything[name].SerializeToString())


for name in everything:
    add(name)
results["methods"] = sorted(m.name for m in pool.FindServiceByName("flyteidl.service.AdminService").methods)


def plain(message):
    """A description without what has no meaning for messages: options (but for maps and HTTP), and the order of maps' own entries."""
    copy = type(message)()
    copy.CopyFrom(message)

    def strip(one):
        entry = one.options.map_entry
        one.ClearField("options")
        if entry:
            one.options.map_entry = True
        for part in (*one.field, *one.oneof_decl, *one.extension):
            part.ClearField("options")
        for nested in one.nested_type:
            strip(nested)
        ordered = sorted(one.nested_type, key=lambda nested: nested.name)
        del one.nested_type[:]
        one.nested_type.extend(ordered)
        one.enum_type.sort(key=lambda nested: nested.name)
        one.field.sort(key=lambda nested: nested.number)
        for enum in one.enum_type:
            strip_enum(enum)

    def strip_enum(enum):
        enum.ClearField("options")
        for value in enum.value:
            value.ClearField("options")

    copy.ClearField("options")
    for one in copy.message_type:
        strip(one)
    for enum in copy.enum_type:
        strip_enum(enum)
    for service in copy.service:
        service.ClearField("options")
        for method in service.method:
            method.ClearField("options")
    return copy


def rule(options):
    from google.api import annotations_pb2
    return options.Extensions[annotations_pb2.http].SerializeToString()


compared = different = rules = 0
results["different"] = []
default = descriptor_pool.Default()
for name, ours in everything.items():
    # The gateway's own options are not part of what is served; protobuf's own files are of another version.
    if not name.startswith("flyteidl/"):
        continue
    theirs = descriptor_pb2.FileDescriptorProto()
    try:
        default.FindFileByName(name).CopyToProto(theirs)
    except KeyError:
        continue
    compared += 1
    a, b = plain(ours), plain(theirs)
    for one in (a, b):
        for group in (one.message_type, one.enum_type, one.service):
            group.sort(key=lambda each: each.name)
        for service in one.service:
            service.method.sort(key=lambda each: each.name)
    if a != b:
        lines = difflib.unified_diff(str(b).splitlines(), str(a).splitlines(), lineterm="", n=8)
        results["different"].append([name, *lines])
    for service in theirs.service:
        mine = next(one for one in ours.service if one.name == service.name)
        for method in service.method:
            twin = next(one for one in mine.method if one.name == method.name)
            ours_again = descriptor_pb2.MethodOptions.FromString(twin.options.SerializeToString())
            if rule(ours_again) != rule(method.options):
                results["different"].append([f"{service.name}.{method.name}", str(ours_again), str(method.options)])
            rules += 1
results["compared"] = compared
results["rules"] = rules

twice = ask("v1", field(3, "flyteidl/admin/task.proto"), field(4, "flyteidl.core.TaskTemplate.metadata"), field(4, "flyteidl.core.TaskTemplate"))
results["stream"] = [sorted(one.name for one in files_of(twice[0])), error_of(twice[1]), [one.name for one in files_of(twice[2])]]
extension, numbers, nothing, unknown = ask(
    "v1alpha",
    field(5, field(1, "google.protobuf.MethodOptions") + field(2, 72295728)),
    field(6, "google.protobuf.MethodOptions"),
    field(5, field(1, "google.protobuf.MethodOptions") + field(2, 7)),
    field(3, "../../etc/passwd"),
)
results["extension"] = files_of(extension)[0].name
results["numbers"] = [value for key, value in fields(only(numbers, 5)[0]) if key == 2]
results["refused"] = [error_of(nothing), error_of(unknown)]
try:
    ask("v1", b"\xff\xff")
except grpc.RpcError as error:
    results["malformed"] = error.code().name
print(json.dumps(results))
