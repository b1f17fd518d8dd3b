"""Calls a gateway with Flyte's own Python stubs; prints what each call gave as one JSON object. Arguments: PORT"""
import base64
import json
import sys
import time

import grpc
from flyteidl.admin import common_pb2, execution_pb2, launch_plan_pb2, task_pb2, version_pb2, workflow_pb2
from flyteidl.core import identifier_pb2
from flyteidl.service import admin_pb2_grpc, dataproxy_pb2_grpc
from flyteidl.service import dataproxy_pb2
from google.protobuf import json_format

target = f"127.0.0.1:{sys.argv[1]}"
channel = grpc.insecure_channel(target, options=[
    ("grpc.max_metadata_size", 32 * 1024),
    ("grpc.keepalive_time_ms", 1000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
])
admin = admin_pb2_grpc.AdminServiceStub(channel)
results = {}


def call(name, method, request, **options):
    try:
        reply, done = method.with_call(request, **options)
        results[name] = {
            "code": done.code().name,
            "reply": json_format.MessageToDict(reply, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
            if hasattr(reply, "DESCRIPTOR") else reply.hex(),
            "initial": {k: v for k, v in done.initial_metadata() if isinstance(v, str)},
        }
    except grpc.RpcError as error:
        trailing = {k: v if isinstance(v, str) else base64.b64encode(v).decode() for k, v in error.trailing_metadata()}
        results[name] = {"code": error.code().name, "details": error.details(), "trailing": trailing,
                         "initial": {k: v for k, v in error.initial_metadata()}}


call("version", admin.GetVersion, version_pb2.GetVersionRequest(), metadata=[("x-request-id", "my-id-1")])
call("list", admin.ListExecutions, common_pb2.ResourceListRequest(
    id=common_pb2.NamedEntityIdentifier(project="p", domain="d"), limit=5, filters="eq(a,b)"))
task = task_pb2.TaskCreateRequest(id=identifier_pb2.Identifier(project="p", domain="d", name="t", version="v"))
task.spec.template.config["10"] = "ten"
task.spec.template.config["2"] = "two"
results["taskBytes"] = task.SerializeToString().hex()
call("create", admin.CreateTask, task)
call("large", admin.CreateTask, task_pb2.TaskCreateRequest(spec=task_pb2.TaskSpec(description=None)), metadata=[])
big = task_pb2.TaskCreateRequest()
big.spec.template.type = "x" * (20 << 20)
call("twentyMegabytes", admin.CreateTask, big)
big.spec.template.type = "x" * (25 << 20)
call("tooLarge", admin.CreateTask, big)
call("details", admin.CreateWorkflow, workflow_pb2.WorkflowCreateRequest())
call("throws", admin.GetWorkflow, common_pb2.ObjectGetRequest())
call("longText", admin.GetLaunchPlan, common_pb2.ObjectGetRequest())
call("missing", admin.GetTask, common_pb2.ObjectGetRequest())
call("missingService", dataproxy_pb2_grpc.DataProxyServiceStub(channel).GetData, dataproxy_pb2.GetDataRequest())
call("slow", admin.GetExecution, execution_pb2.WorkflowExecutionGetRequest(), timeout=0.3)

raw = channel.unary_unary("/flyteidl.service.AdminService/CreateTask", lambda b: b, lambda b: b)
call("garbage", raw, b"\x0a\xff\xff\xff\xff\x0f")
raw = channel.unary_unary("/grpc.health.v1.Health/Check", lambda b: b, lambda b: b)
call("health", raw, b"")
call("healthAdmin", raw, b"\x0a\x0aflyteadmin")
call("healthUnknown", raw, b"\x0a\x01x")
watch = channel.unary_stream("/grpc.health.v1.Health/Watch", lambda b: b, lambda b: b)(b"")
results["healthWatch"] = next(watch).hex()
watch.cancel()
unknown = channel.unary_stream("/grpc.health.v1.Health/Watch", lambda b: b, lambda b: b)(b"\x0a\x01x")
results["healthWatchUnknown"] = next(unknown).hex()
unknown.cancel()


def stream(name, request, limit=None):
    got = []
    events = channel.unary_stream("/flyte.watch.v1.WatchService/WatchExecution", lambda b: b, lambda b: b)(request)
    try:
        for event in events:
            got.append(event.hex())
            if limit is not None and len(got) == limit:
                events.cancel()
                break
        results[name] = {"events": got, "code": "CANCELLED" if limit else events.code().name}
    except grpc.RpcError as error:
        results[name] = {"events": got, "code": error.code().name, "details": error.details()}


stream("stream", b"")
stream("streamBroken", bytes([0x0A, 8, 0x22, 6]) + b"broken")
stream("streamCancelled", bytes([0x0A, 9, 0x22, 7]) + b"forever", limit=3)
state = []
channel.subscribe(state.append)
time.sleep(3.5)
call("afterPings", admin.GetVersion, version_pb2.GetVersionRequest())
results["states"] = [s.name for s in state]
channel.close()
print(json.dumps(results))
