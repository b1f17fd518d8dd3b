"""Runs what workspace/connected/programs.py holds, and what of it flytekit can with flytekit alone. Prints one JSON object.

usage: connected.py ROOT SENSED
"""

import datetime
import json
import sys
import threading
import time

from flyteidl.admin import task_execution_pb2
from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, TaskExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote
from google.protobuf import json_format

sys.path.insert(0, sys.argv[1])
sensed = sys.argv[2]
from connected import programs

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)


def launch(name, inputs, **more):
    return remote.execute(remote.fetch_launch_plan(name=f"connected.programs.{name}", version="v1"), inputs=inputs, **more)


def locally(name, inputs):
    try:
        return getattr(programs, name)(**inputs)
    except Exception as error:
        return type(error).__name__


def tasks(execution):
    """What is told of each node's attempts, in the order of attempts."""
    shown = {}
    for node in execution.node_executions.values():
        if node.metadata.spec_node_id in ("start-node", "end-node"):
            continue
        shown[node.id.node_id] = [
            {
                "phase": TaskExecutionPhase.enum_to_string(each.closure.phase),
                "type": each.closure.task_type,
                "logs": [log.name for log in each.closure.logs],
                "info": json_format.MessageToDict(each.closure.custom_info) if each.closure.custom_info else None,
                "reasons": [one.message for one in each.closure.reasons],
                "error": [each.closure.error.code, each.closure.error.message.strip().split("\n")[0][:300]] if each.closure.HasField("error") else None,
            }
            for each in sorted(
                [task_executions[key] for key in task_executions if key[0] == execution.id.name and key[1] == node.id.node_id],
                key=lambda each: each.id.retry_attempt,
            )
        ]
    return shown


class Told:
    """A task execution's closure as the API has it."""

    def __init__(self, message):
        self.id = message.id
        self.closure = message.closure


task_executions = {}


def result(name, inputs, execution, local):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    for node in done.node_executions.values():
        request = task_execution_pb2.TaskExecutionListRequest(node_execution_id=node.id.to_flyte_idl(), limit=20)
        for each in remote.client._stub.ListTaskExecutions(request).task_executions:
            task_executions[(done.id.name, node.id.node_id, each.id.retry_attempt)] = Told(each)
    phase = WorkflowExecutionPhase.enum_to_string(done.closure.phase)
    error = done.closure.error
    return {
        "phase": phase,
        "outputs": done.outputs.get("o0", int) if phase == "SUCCEEDED" else None,
        "local": local,
        "code": error.code if error else None,
        "kind": error.kind if error else None,
        "error": error.message[:600] if error else None,
        "tasks": tasks(done),
        "phases": {node.metadata.spec_node_id: NodeExecutionPhase.enum_to_string(node.closure.phase) for node in done.node_executions.values()},
    }


names = ["refused", "failed", "aborted", "retried", "broken", "lying", "empty", "other", "huge", "sum_broken", "sum_failed", "sum_hung", "only_sum"]
mixed = {"path": sensed, "x": 3}
launched = {name: launch(name, {"x": 1}) for name in names}
launched["mixed"] = launch("mixed", mixed, envs={"COLOUR": "green"}, execution_name="mixed")
threading.Timer(2, lambda: open(sensed, "w").close()).start()
while not remote.sync(launched["mixed"]).is_done and not __import__("os").path.exists(sensed):
    time.sleep(0.1)
local = {"mixed": locally("mixed", mixed), "only_sum": locally("only_sum", {"x": 1})}
out = {name: result(name, mixed if name == "mixed" else {"x": 1}, execution, local.get(name)) for name, execution in launched.items()}
print("RESULTS " + json.dumps(out))
