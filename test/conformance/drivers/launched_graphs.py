"""Runs workflows whose nodes launch launch plans, and syncs them with what they have launched. Prints one JSON object.

usage: launched_graphs.py
"""

import datetime
import json
import time

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.models.filters import Equal
from flytekit.remote import FlyteRemote

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)
phase = lambda execution: WorkflowExecutionPhase.enum_to_string(execution.closure.phase)
is_system = lambda name: name.endswith("start-node") or name.endswith("end-node")


def launch(name, version="v1", /, **inputs):
    return remote.execute(remote.fetch_launch_plan(name=name, version=version), inputs=inputs, execution_name=name.rpartition(".")[2])


def tree(node_executions):
    """Phase, what is below, and what was launched, by the unique id of each node."""
    shown = {}
    for execution in node_executions.values() if isinstance(node_executions, dict) else node_executions:
        if is_system(execution.metadata.spec_node_id):
            continue
        one = {"phase": NodeExecutionPhase.enum_to_string(execution.closure.phase)}
        if execution._underlying_node_executions:
            one["nodes"] = tree(execution._underlying_node_executions)
        if execution.workflow_executions:
            one["launched"] = [told(child) for child in execution.workflow_executions]
        shown[execution.id.node_id] = one
    return shown


def told(execution):
    metadata = execution.spec.metadata
    node = metadata.parent_node_execution
    return {
        "name": execution.id.name,
        "phase": phase(execution),
        "plan": execution.spec.launch_plan.name,
        "mode": metadata.mode,
        "nesting": metadata.nesting,
        "principal": metadata.principal,
        "parent": f"{node.execution_id.name}/{node.node_id}" if node else None,
        "inputs": {k: execution.inputs.get(k) for k in execution.inputs.literals} if execution.inputs else None,
        "outputs": {k: execution.outputs.get(k) for k in execution.outputs.literals} if phase(execution) == "SUCCEEDED" else None,
        "error": [execution.closure.error.code, execution.closure.error.message.strip().split("\n")[-1]] if execution.closure.error else None,
        "nodes": tree(execution.node_executions),
    }


def result(execution):
    return told(remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True))


runs = {
    "parent": launch("graphs.launched.parent", x=3),
    "grandparent": launch("graphs.launched.grandparent", x=1),
    "deep": launch("graphs.launched.deep", x=2),
    "breaks": launch("graphs.launched.breaks", x=4),
    "refers": launch("references.refers.refers", "v2", x=2),
}
out = {name: result(execution) for name, execution in runs.items()}


def eventually(find):
    for _ in range(600):
        found = find()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError("it does not come")


# An abort of the parent, in the middle of its child.
waits = launch("graphs.launched.holds", x=1)
child = lambda: [one for one in remote.recent_executions(limit=100) if one.spec.metadata.parent_node_execution and one.spec.metadata.parent_node_execution.execution_id.name == "holds"]
eventually(lambda: child() and phase(child()[0]) == "RUNNING")
remote.terminate(waits, "enough of it")
remote.wait(waits, poll_interval=poll)
aborted = eventually(lambda: [one for one in child() if phase(one) == "ABORTED"])[0]
out["aborted"] = [phase(remote.sync(waits)), aborted.closure.abort_metadata.cause]
print("RESULTS " + json.dumps(out))
