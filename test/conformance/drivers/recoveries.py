"""Runs workspace/graphs/recovering.py until it fails, recovers it with the client that FlyteRemote has, and tells what ran.

usage: recoveries.py DIRECTORY. Prints one JSON object.
"""

import datetime
import json
import os
import sys

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)


def told(execution, trace):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    ran = os.path.join(trace, "ran")
    with open(ran) as file:
        names = file.read().split("\n")[:-1]
    os.remove(ran)
    metadata = done.spec.metadata
    return {
        "name": done.id.name,
        "phase": WorkflowExecutionPhase.enum_to_string(done.closure.phase),
        "mode": metadata.mode,
        "recovers": metadata.reference_execution.name if metadata.reference_execution else None,
        "outputs": done.outputs.get("o0") if done.closure.phase == WorkflowExecutionPhase.SUCCEEDED else None,
        "ran": sorted(names),
        "nodes": {
            id: NodeExecutionPhase.enum_to_string(node.closure.phase)
            for id, node in done.node_executions.items()
            if not id.endswith("-node")
        },
    }


def recovered(execution):
    name = remote.client.recover_execution(execution.id).name
    return remote.fetch_execution(name=name)


def run(name, missing, **inputs):
    trace = os.path.join(sys.argv[1], name)
    os.mkdir(trace)
    execution = remote.execute(
        remote.fetch_launch_plan(name=f"graphs.recovering.{name}", version="v1"), inputs=dict(trace=trace, x=1, **inputs)
    )
    runs = [told(execution, trace)]
    for what in missing:
        open(os.path.join(trace, what), "w").close()
        execution = recovered(execution)
        runs.append(told(execution, trace))
    return runs


out = {
    "chain": run("chain", ["a"], what="a"),
    "within": run("within", ["a", "b"]),
    "launching": run("launching", ["a", "b"]),
    "making": run("making", ["a", "b"]),
    "choosing": run("choosing", ["a", "b"]),
}
out["mapping"] = []
trace = os.path.join(sys.argv[1], "mapping")
os.mkdir(trace)
execution = remote.execute(remote.fetch_launch_plan(name="graphs.recovering.mapping", version="v1"), inputs=dict(trace=trace, x=3))
out["mapping"].append(told(execution, trace))
open(os.path.join(trace, "a"), "w").close()
execution = recovered(execution)
out["mapping"].append(told(execution, trace))
print("RESULTS " + json.dumps(out))
