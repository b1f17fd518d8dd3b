"""Runs registered entities with FlyteRemote, all at once, and prints what came of each as JSON.

usage: run_entities.py ROOT PROJECT DOMAIN VERSION < [{"entity": "literals.types.primitives", "inputs": "dict(i=1)"}, ...]
`inputs` and what is imported for it are Python, evaluated in the module's own names.
"""

import dataclasses
import datetime
import enum
import importlib
import json
import sys

from flytekit.configuration import Config
from flytekit.core.base_task import PythonTask
from flytekit.models.core.execution import NodeExecutionPhase, TaskExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

root, project, domain, version = sys.argv[1:5]
cases = json.load(sys.stdin)
sys.path.insert(0, root)
remote = FlyteRemote(Config.auto(), default_project=project, default_domain=domain)


def plain(value):
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


executions = []
for case in cases:
    module_name, _, name = case["entity"].rpartition(".")
    module = importlib.import_module(module_name)
    entity = getattr(module, name)
    inputs = eval(case.get("inputs", "dict()"), vars(module))
    fetch = remote.fetch_task if isinstance(entity, PythonTask) else remote.fetch_launch_plan
    registered = fetch(name=case["entity"], version=version)
    execution = remote.execute(
        registered, inputs=inputs, wait=False, type_hints=dict(entity.python_interface.inputs), overwrite_cache=case.get("overwrite_cache", False)
    )
    executions.append((case, entity, execution))

results = []
for case, entity, execution in executions:
    if case.get("wait", True):
        execution = remote.wait(execution, timeout=datetime.timedelta(seconds=120), poll_interval=datetime.timedelta(milliseconds=200))
    execution = remote.sync(execution, sync_nodes=True)
    phase = WorkflowExecutionPhase.enum_to_string(execution.closure.phase)
    outputs = None
    if phase == "SUCCEEDED":
        kinds = entity.python_interface.outputs
        outputs = {key: plain(execution.outputs.get(key, as_type=kind)) for key, kind in kinds.items()}
    nodes = {}
    for node_id, node in sorted(execution.node_executions.items()):
        nodes[node_id] = {
            "phase": NodeExecutionPhase.enum_to_string(node.closure.phase),
            "cache": getattr(node.closure.task_node_metadata, "cache_status", None),
            "attempts": [TaskExecutionPhase.enum_to_string(t.closure.phase) for t in sorted(node.task_executions, key=lambda t: t.id.retry_attempt)],
        }
    error = execution.closure.error
    results.append(
        {
            "entity": case["entity"],
            "name": execution.id.name,
            "phase": phase,
            "outputs": outputs,
            "nodes": nodes,
            "error": None if error is None else {"code": error.code, "message": error.message, "kind": error.kind},
        }
    )
print("RESULTS " + json.dumps(results))
