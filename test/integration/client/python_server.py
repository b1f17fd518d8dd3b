"""A gRPC server that answers by what is asked; prints its port. Ends when its standard input does."""
import sys
import time
from concurrent import futures

import grpc
from flyteidl.admin import common_pb2, version_pb2
from google.protobuf import any_pb2
from google.rpc import status_pb2  # brought by googleapis-common-protos, a dependency of flyteidl

attempts = {}


class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        method = details.method.rsplit("/", 1)[1]
        metadata = dict(details.invocation_metadata)

        def unary(request, context):
            attempts[method] = attempts.get(method, 0) + 1
            if method == "GetVersion":
                version = version_pb2.Version(Version=f"{metadata.get('authorization', '-')} {context.time_remaining() or 0:.0f}")
                return version_pb2.GetVersionResponse(control_plane_version=version).SerializeToString()
            if method == "ListProjects":
                if attempts[method] < 3:
                    context.abort(grpc.StatusCode.UNAVAILABLE, "try again")
                return b""
            if method == "CreateTask":
                context.abort(grpc.StatusCode.UNAVAILABLE, f"attempt {attempts[method]}")
            if method == "GetTask":
                detail = any_pb2.Any()
                detail.Pack(common_pb2.NamedEntityIdentifier(project="pröject", name="n"))
                status = status_pb2.Status(code=5, message="näh: 100%\nsecond line", details=[detail])
                context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
                context.abort(grpc.StatusCode.NOT_FOUND, status.message)
            if method == "GetWorkflow":
                raise ValueError("python fails")
            if method == "GetExecution":
                time.sleep(5)
                return b""
            if method == "GetData":
                return b"x" * (int(request) if request else 0)
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"no {method}")

        def stream(request, context):
            for number in range(int(request or b"0")):
                yield b"m" * number
            if metadata.get("fail"):
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "after all that")

        if method == "WatchExecution":
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), handlers=[Handler()], options=[("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
server.stop(None)
