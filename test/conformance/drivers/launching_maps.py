"""Runs workspace/maps/launching.py and tells what came of it, of its nodes and of what they launched. Prints one JSON object.

usage: launching_maps.py ROOT
"""

import datetime
import json
import sys

from flytekit import map_task
from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

sys.path.insert(0, sys.argv[1])
from maps import launching

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)
execution_phase = WorkflowExecutionPhase.enum_to_string


def launch(name, inputs):
    return remote.execute(remote.fetch_launch_plan(name=f"maps.launching.{name}", version="v1"), inputs=inputs)


def nodes(execution_id, parent):
    found, _ = remote.client.list_node_executions(execution_id, limit=100, unique_parent_id=parent)
    told = {}
    for node in found:
        name = node.id.node_id
        if name.endswith(("start-node", "end-node")):
            continue
        one = {"phase": NodeExecutionPhase.enum_to_string(node.closure.phase), "array": node.metadata.is_array}
        launched = node.closure.workflow_node_metadata
        if launched:
            child = remote.client.get_execution(launched.execution_id)
            assert remote.client.get_node_execution(node.id).closure.workflow_node_metadata.execution_id == child.id
            one["launched"] = [
                execution_phase(child.closure.phase),
                child.spec.launch_plan.name,
                child.spec.metadata.nesting,
                child.spec.metadata.parent_node_execution.node_id,
            ]
        below = nodes(execution_id, name) if node.metadata.is_array or node.metadata.is_parent_node else {}
        told[name] = {**one, **({"nodes": below} if below else {})}
    return told


def result(execution, function):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    phase = execution_phase(done.closure.phase)
    outputs = None
    if phase == "SUCCEEDED" and function.python_interface.outputs:
        outputs = done.outputs.get("o0", as_type=function.python_interface.outputs["o0"])
    error = done.closure.error
    return {
        "name": done.id.name,
        "phase": phase,
        "error": [error.code, error.message] if error else None,
        "outputs": outputs,
        "nodes": nodes(done.id, None),
    }


runs = {
    "halves": dict(xs=[8, 4, 6]),
    "both": dict(xs=[2, 4], ys=[0, 5]),
    "most_halves": dict(xs=[1, 4, 6]),
    "all_halves": dict(xs=[2, 3]),
    "launches_silent": dict(xs=[1, 2]),
    "within_dynamic": dict(n=3),
}
executions = {name: launch(name, inputs) for name, inputs in runs.items()}
out = {name: result(execution, getattr(launching, name)) for name, execution in executions.items()}
# Within a workflow flytekit does not run such maps by itself: outside of one it does.
out["local"] = {
    "halves": map_task(launching.fixed)(x=[8, 4, 6]),
    "both": sum(map_task(launching.plan)(x=[2, 4], less=[0, 5])),
    "most_halves": map_task(launching.fixed, min_success_ratio=0.5)(x=[1, 4, 6]),
    "within_dynamic": launching.within_dynamic(n=3),
}
print("RESULTS " + json.dumps(out))
