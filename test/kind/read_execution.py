"""Reads an execution by FlyteRemote: its phase, its outputs, and the nodes, by their unique ids. Prints one JSON object.

usage: read_execution.py NAME
"""

import json
import sys

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
execution = remote.sync(remote.fetch_execution(name=sys.argv[1]), sync_nodes=True)


def nodes_of(executions):
    found = {}
    for one in executions.values() if isinstance(executions, dict) else executions:
        if one.metadata.spec_node_id.endswith(("start-node", "end-node")):
            continue
        found[one.id.node_id] = NodeExecutionPhase.enum_to_string(one.closure.phase)
        found |= nodes_of(one._underlying_node_executions or [])
        for child in one.workflow_executions:
            found[f"{one.id.node_id} launched"] = child.id.name
    return found


outputs = execution.outputs.literals if execution.outputs else {}
print(
    json.dumps(
        {
            "phase": WorkflowExecutionPhase.enum_to_string(execution.closure.phase),
            "outputs": [execution.outputs.get(name) for name in sorted(outputs)],
            "nodes": nodes_of(execution.node_executions),
        }
    )
)
