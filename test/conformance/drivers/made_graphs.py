"""Runs what workspace/graphs/made.py holds, syncs it, and runs it with flytekit alone. Prints one JSON object.

usage: made_graphs.py ROOT
"""

import dataclasses
import datetime
import json
import sys

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote
from flyteidl.admin import node_execution_pb2
from flyteidl.core import catalog_pb2, identifier_pb2

sys.path.insert(0, sys.argv[1])
from graphs import made

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)
is_system = lambda name: name.endswith("start-node") or name.endswith("end-node")
out = {}


def tree(node_executions):
    """Phase, and the tree below it, by the unique id of each node."""
    shown = {}
    for execution in node_executions.values() if isinstance(node_executions, dict) else node_executions:
        if is_system(execution.metadata.spec_node_id):
            continue
        below = tree(execution._underlying_node_executions or [])
        shown[execution.id.node_id] = [NodeExecutionPhase.enum_to_string(execution.closure.phase), *([below] if below else [])]
    return shown


def plain(value):
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value


def values(outputs):
    given = outputs if isinstance(outputs, tuple) else (outputs,)
    return [plain(value) for value in given]


def result(name, local, execution):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    phase = WorkflowExecutionPhase.enum_to_string(done.closure.phase)
    error = done.closure.error
    outputs = done.outputs if phase == "SUCCEEDED" else None
    types = getattr(made, name).python_interface.outputs
    return {
        "phase": phase,
        "outputs": [plain(outputs.get(each, kind)) for each, kind in types.items()] if outputs else None,
        "local": local,
        "error": error.message.strip().split("\n")[-1] if error else None,
        "code": error.code if error else None,
        "nodes": tree(done.node_executions),
        "id": done.id.name,
    }


def locally(name, inputs):
    try:
        return values(getattr(made, name)(**inputs))
    except Exception as error:
        return str(error).strip().split("\n")[-1]


runs = {
    "fan": ("sum_of_squares", {"n": 4}),
    "no nodes": ("perhaps_nothing", {"n": 0}),
    "recursion": ("recurses", {"n": 4}),
    "all kinds": ("all_kinds", {"x": 1}),
    "sub-node fails": ("may_break", {"limit": 1}),
    "sub-node does not fail": ("may_break", {"limit": 3}),
    "makes nothing": ("does_not_make", {"n": 1}),
    "children": ("makes_children", {"x": 10}),
    "kept": ("is_kept", {"n": 3}),
}


def launch(name, inputs):
    return remote.execute(remote.fetch_launch_plan(name=f"graphs.made.{name}", version="v1"), inputs=inputs)


launched = {what: launch(*run) for what, run in runs.items()}
for what, execution in launched.items():
    name, inputs = runs[what]
    out[what] = result(name, locally(name, inputs), execution)


def node(what, node_id):
    id = identifier_pb2.WorkflowExecutionIdentifier(project="flytesnacks", domain="development", name=out[what]["id"])
    return identifier_pb2.NodeExecutionIdentifier(execution_id=id, node_id=node_id)


# Again: from the cache, without what is within.
out["kept again"] = result("is_kept", locally("is_kept", {"n": 3}), launch("is_kept", {"n": 3}))
stub = remote.client._stub
get = lambda id: stub.GetNodeExecution(node_execution_pb2.NodeExecutionGetRequest(id=id))
status = lambda what: catalog_pb2.CatalogCacheStatus.Name(get(node(what, "n0")).closure.task_node_metadata.cache_status)
out["cache"] = [status("kept"), status("kept again")]

shown = get(node("fan", "n0"))
answer = stub.GetDynamicNodeWorkflow(node_execution_pb2.GetDynamicNodeWorkflowRequest(id=node("fan", "n0")))
within = get(node("fan", "n0-0-dn1"))
out["described"] = {
    "is_dynamic": shown.metadata.is_dynamic,
    "is_parent": shown.metadata.is_parent_node,
    "spec": shown.closure.dynamic_job_spec_uri.split("/", 3)[3],
    "workflow": answer.compiled_workflow.primary.template.id.name,
    "nodes": [each.id for each in answer.compiled_workflow.primary.template.nodes],
    "tasks": sorted(each.template.id.name for each in answer.compiled_workflow.tasks),
    "child": [within.metadata.spec_node_id, within.metadata.retry_group, within.metadata.is_dynamic],
    "interface": sorted(answer.compiled_workflow.primary.template.interface.outputs.variables),
}
print("RESULTS " + json.dumps(out))
