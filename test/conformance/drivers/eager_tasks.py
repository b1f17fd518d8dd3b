"""Runs the eager tasks of workspace/graphs/eagerly.py, and lists what they ran. Prints one JSON object.

usage: eager_tasks.py
"""

import datetime
import json
import time

from flytekit.configuration import Config
from flytekit.models.core.execution import WorkflowExecutionPhase
from flytekit.remote import FlyteRemote

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
poll = datetime.timedelta(milliseconds=200)
phase = lambda execution: WorkflowExecutionPhase.enum_to_string(execution.closure.phase)


def launch(name, x):
    # The workflow of an eager task, which ends what that leaves behind when it fails.
    return remote.execute(remote.fetch_launch_plan(name=f"graphs.eagerly.{name}", version="v1"), inputs={"x": x})


def ran_by(execution):
    """By the name of what ran: whether its execution's name is one of up to 63 characters, and its phase once it has ended."""
    for _ in range(300):
        all, _ = remote.client.list_executions_paginated("flytesnacks", "development", limit=100)
        mine = [each for each in all if each.spec.labels and each.spec.labels.values.get("eager-exec") == execution.id.name]
        if all_over(mine):
            return {each.spec.launch_plan.name.split(".")[-1]: [len(each.id.name) <= 63, phase(each)] for each in mine}
        time.sleep(0.2)
    raise TimeoutError(f"something that {execution.id.name} ran goes on")


def all_over(executions):
    return all(WorkflowExecutionPhase.SUCCEEDED <= each.closure.phase != WorkflowExecutionPhase.FAILING for each in executions)


def result(execution):
    done = remote.wait(execution, poll_interval=poll)
    error = done.closure.error
    return {
        "phase": phase(done),
        "output": done.outputs.get("o0", int) if phase(done) == "SUCCEEDED" else None,
        "error": error.message if error else None,
        "ran": ran_by(done),
    }


launched = [launch("runs_others", 4), launch("gives_up", 4)]
print("RESULTS " + json.dumps([result(each) for each in launched]))
