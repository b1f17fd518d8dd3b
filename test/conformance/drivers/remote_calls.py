"""What FlyteRemote does besides running: registers a script, terminates, lists, reads data by URL. Prints one JSON object.

usage: remote_calls.py ROOT
"""

import datetime
import importlib
import json
import sys
import time

from flytekit.configuration import Config, ImageConfig
from flytekit.models.core.execution import NodeExecutionPhase, WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

sys.path.insert(0, sys.argv[1])
remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
errors = importlib.import_module("literals.errors")
types = importlib.import_module("literals.types")
phase = lambda execution: WorkflowExecutionPhase.enum_to_string(execution.closure.phase)
out = {}

registered = remote.register_script(
    errors.fails_late, image_config=ImageConfig.auto_default_image(), project="flytesnacks", domain="development", version="script", source_path=sys.argv[1], module_name="literals.errors"
)
out["registered"] = [registered.id.name, registered.id.version]
again = remote.register_script(
    errors.fails_late, image_config=ImageConfig.auto_default_image(), project="flytesnacks", domain="development", version="script", source_path=sys.argv[1], module_name="literals.errors"
)
out["again"] = str(again.id) == str(registered.id)

workflow = remote.fetch_workflow(name="literals.errors.fails_late", version="script")
out["nodes"] = [node.id for node in workflow.flyte_nodes]

execution = remote.wait(remote.execute(remote.fetch_launch_plan(name="literals.errors.fails_late", version="script"), inputs={"x": 0}), poll_interval=datetime.timedelta(milliseconds=200))
out["ran"] = [phase(execution), execution.outputs.get("o0", int)]
again = remote.execute(remote.fetch_launch_plan(name="literals.errors.fails_late", version="script"), inputs={"x": 0}, execution_name=execution.id.name)
out["same name"] = again.id.name == execution.id.name
out["by url"] = remote.get(f"flyte://v1/flytesnacks/development/{execution.id.name}/n0/o/o0").scalar.primitive.integer
out["inputs by url"] = sorted(remote.get(f"flyte://v1/flytesnacks/development/{execution.id.name}/n1/i").literals)

sleeping = remote.execute(remote.fetch_task(name="literals.errors.sleeps", version="v1"), inputs={"seconds": 300.0})
while remote.fetch_execution(name=sleeping.id.name).closure.phase != WorkflowExecutionPhase.RUNNING:
    time.sleep(0.1)
time.sleep(1)
remote.terminate(sleeping, "not needed")
sleeping = remote.wait(sleeping, poll_interval=datetime.timedelta(milliseconds=200))
sleeping = remote.sync(sleeping, sync_nodes=True)
out["terminated"] = [phase(sleeping), sorted(NodeExecutionPhase.enum_to_string(n.closure.phase) for i, n in sleeping.node_executions.items() if i not in ("start-node", "end-node"))]
try:
    remote.terminate(sleeping, "again")
except Exception as error:
    out["terminated again"] = str(error)

out["recent"] = sorted([e.id.name for e in remote.recent_executions(limit=10)]) == sorted([execution.id.name, sleeping.id.name])
for name, call in {
    "no such task": lambda: remote.fetch_task(name="literals.nothing", version="v1"),
    "no such project": lambda: FlyteRemote(Config.auto(), default_project="nobody", default_domain="development").register_task(types.dates, version="v1"),
}.items():
    try:
        call()
        out[name] = None
    except Exception as error:
        out[name] = f"{type(error).__name__}: {error}"
print("RESULTS " + json.dumps(out))
