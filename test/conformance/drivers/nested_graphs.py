"""Runs what workspace/graphs holds, syncs it, and answers what it waits for. Prints one JSON object.

usage: nested_graphs.py ROOT
"""

import datetime
import json
import sys
import time

from flytekit.configuration import Config
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

sys.path.insert(0, sys.argv[1])
remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=100)
phase = lambda execution: WorkflowExecutionPhase.enum_to_string(execution.closure.phase)
is_system = lambda name: name.endswith("start-node") or name.endswith("end-node")
out = {}


def launch(name, /, **inputs):
    return remote.execute(remote.fetch_launch_plan(name=f"graphs.nested.{name}", version="v1"), inputs=inputs)


def tree(node_executions):
    """Phase, and the tree below it, by the unique id of each node."""
    shown = {}
    for execution in node_executions.values() if isinstance(node_executions, dict) else node_executions:
        if is_system(execution.metadata.spec_node_id):
            continue
        below = tree(execution._underlying_node_executions or [])
        shown[execution.id.node_id] = [NodeExecutionPhase.enum_to_string(execution.closure.phase), *([below] if below else [])]
    return shown


def names(tree):
    return {name for node, (_, *below) in tree.items() for name in [node, *(names(below[0]) if below else [])]}


def metered(span):
    return {name for one in span.spans for name in [*([one.node_id.node_id] if one.HasField("node_id") else []), *metered(one)]}


def result(execution):
    done = remote.sync(remote.wait(execution, poll_interval=poll), sync_nodes=True)
    error = done.closure.error.message.strip().split("\n")[-1] if done.closure.error else None
    outputs = done.outputs.get("o0") if phase(done) == "SUCCEEDED" else None
    nodes = tree(done.node_executions)
    span = remote.client.get_execution_metrics(done.id, depth=-1)
    out.setdefault("unmetered", []).extend(sorted(names(nodes) ^ metered(span)))
    return {"phase": phase(done), "output": outputs, "error": error, "code": done.closure.error.code if done.closure.error else None, "nodes": nodes}


runs = {
    "deep": launch("deep", x=1),
    "first arm": launch("chooses", x=10, f=0.25, name="bob", flag=False),
    "arm of an arm": launch("chooses", x=10, f=0.5, name="ada", flag=False),
    "its else": launch("chooses", x=0, f=9.0, name="bob", flag=True),
    "third arm": launch("chooses", x=-3, f=9.0, name="bob", flag=False),
    "no arm": launch("chooses", x=3, f=9.0, name="bob", flag=False),
    "arm is a workflow": launch("chooses_within", x=3),
    "arm that waits": launch("chooses_within", x=2),
    "cleans up": launch("cleans_up", x=3),
    "does not fail": launch("cleans_up", x=2),
}
for name, execution in runs.items():
    out[name] = result(execution)


def signal(execution, name):
    for _ in range(600):
        found = [one for one in remote.list_signals(execution.id.name) if one.id.signal_id == name]
        if found:
            return found[0]
        time.sleep(0.05)
    raise TimeoutError(f"nobody asks for {name}")


waits = launch("waits", x=1)
signal(waits, "number")
try:
    remote.set_input("number", waits.id.name, value="text", python_type=str)
except Exception as error:
    out["wrong type"] = str(error)
remote.set_input("number", waits.id.name, value=20, python_type=int)
signal(waits, "fine")
remote.approve("fine", waits.id.name)
out["waits"] = result(waits)

rejected = launch("waits", x=1)
signal(rejected, "number")
remote.set_input("number", rejected.id.name, value=20, python_type=int)
signal(rejected, "fine")
remote.reject("fine", rejected.id.name)
out["rejected"] = result(rejected)
print("RESULTS " + json.dumps(out))
