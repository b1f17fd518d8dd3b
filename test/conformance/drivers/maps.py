"""Runs what workspace/maps holds and tells what came of it and how the client sees it. Prints one JSON object.

usage: maps.py ROOT
"""

import datetime
import json
import sys

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, TaskExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

sys.path.insert(0, sys.argv[1])
from maps import mapped

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)
task_phase = TaskExecutionPhase.enum_to_string


def launch(name, /, **inputs):
    return remote.execute(remote.fetch_launch_plan(name=f"maps.mapped.{name}", version="v1"), inputs=inputs)


def elements(client, task_execution):
    """(index, attempt, phase, cache status, names of logs) of each resource."""
    from flyteidl.admin import task_execution_pb2
    from flyteidl.core import catalog_pb2

    raw = client._stub.GetTaskExecution(
        task_execution_pb2.TaskExecutionGetRequest(id=task_execution.id.to_flyte_idl()), metadata=client._metadata
    )
    return raw.closure.task_type, [
        [one.index, one.retry_attempt, task_phase(one.phase), catalog_pb2.CatalogCacheStatus.Name(one.cache_status), [log.name for log in one.logs]]
        for one in raw.closure.metadata.external_resources
    ]


def result(execution, function):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    phase = WorkflowExecutionPhase.enum_to_string(done.closure.phase)
    shown = {"name": done.id.name, "phase": phase, "error": None, "outputs": None, "nodes": {}}
    if done.closure.error:
        shown["error"] = [done.closure.error.code, done.closure.error.message, done.closure.error.kind]
    if phase == "SUCCEEDED" and function.python_interface.outputs:
        shown["outputs"] = done.outputs.get("o0", as_type=function.python_interface.outputs["o0"])
    for node_id, node in done.node_executions.items():
        if node_id.endswith("-node"):
            continue
        tasks = []
        for one in node._task_executions or []:
            kind, found = elements(remote.client, one)
            tasks.append({"phase": task_phase(one.closure.phase), "type": kind, "attempt": one.id.retry_attempt, "elements": found})
        shown["nodes"][node_id] = {
            "phase": NodeExecutionPhase.enum_to_string(node.closure.phase),
            "array": node.metadata.is_array,
            "tasks": tasks,
            "inputs": len(node.inputs) if node.metadata.is_array else None,
        }
    return shown


runs = {
    "squares": dict(xs=[3, 1, 2]),
    "sums": dict(xs=list(range(6))),
    "bound": dict(xs=[2, 3]),
    "most_succeed": dict(xs=[1, 2, 4]),
    "all_must_succeed": dict(xs=[2, 3, 4]),
    "again": dict(xs=[1, 3, 6]),
    "void": dict(xs=[1, 2]),
    "lists": dict(xs=[1, 2]),
    "of_unequal": dict(xs=[1, 2], ys=[1], zs=["a", "b"]),
    "within": dict(xs=[1, 2]),
    "of_reference": dict(xs=[4, 5]),
}
executions = {name: launch(name, **inputs) for name, inputs in runs.items()}
executions["empty"] = launch("squares", xs=[])
out = {name: result(execution, getattr(mapped, "squares" if name == "empty" else name)) for name, execution in executions.items()}
out["cached"] = result(launch("cached", xs=[1, 2]), mapped.cached)
out["cached again"] = result(launch("cached", xs=[2, 3, 1]), mapped.cached)
local = {name: getattr(mapped, name)(**runs[name]) for name in ["squares", "sums", "bound", "void", "lists", "within"]}
local["cached"] = mapped.cached(xs=[1, 2])
out["local"] = local
print("RESULTS " + json.dumps(out))
