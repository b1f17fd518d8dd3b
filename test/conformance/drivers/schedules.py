"""Activates launch plans with schedules, waits for what they launch, and deactivates them. Prints one JSON object.

usage: schedules.py
"""

import datetime
import json
import time

from flytekit.configuration import Config
from flytekit.models.core.execution import WorkflowExecutionPhase
from flytekit.models.execution import ExecutionMetadata
from flytekit.remote import FlyteRemote

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
client = remote.client
names = ["minutely", "rate", "plain-rate"]
plans = {name: remote.fetch_launch_plan(name=name, version="v1") for name in [*names, "offset"]}
active = lambda: sorted(each.id.name for each in client.list_active_launch_plans_paginated("flytesnacks", "development", 100)[0])

found = {"activated by pyflyte": active()}
begun = datetime.datetime.now(datetime.timezone.utc)
for name in ["rate", "plain-rate", "offset"]:
    remote.activate_launchplan(plans[name].id)
found["active"] = active()
closure = client.get_launch_plan(plans["offset"].id)
schedule = closure.spec.entity_metadata.schedule
found["offset"] = [schedule.cron_schedule.schedule, schedule.cron_schedule.offset, schedule.kickoff_time_input_arg]


def launched(name):
    all, _ = client.list_executions_paginated("flytesnacks", "development", limit=100)
    return [each for each in all if each.spec.launch_plan.name == name]


def shown(name):
    for _ in range(600):
        mine = launched(name)
        if mine:
            break
        time.sleep(0.2)
    execution = remote.wait(remote.fetch_execution(name=mine[-1].id.name), poll_interval=datetime.timedelta(milliseconds=200))
    metadata = execution.spec.metadata
    at = client.get_execution(execution.id).to_flyte_idl().spec.metadata.scheduled_at.ToDatetime(datetime.timezone.utc)
    return {
        "phase": WorkflowExecutionPhase.enum_to_string(execution.closure.phase),
        "mode": metadata.mode == ExecutionMetadata.ExecutionMode.SCHEDULED,
        "on the minute": at.second == 0 and at.microsecond == 0,
        "a minute later": 0 <= (at - begun).total_seconds() - 59 < 5,
        "output is its time": execution.outputs.get("o0", datetime.datetime) == at,
        "output": execution.outputs.get("o0", datetime.datetime).year,
    }


found["launched"] = {name: shown(name) for name in names}
for plan in plans.values():
    remote.deactivate_launchplan(plan.id)
found["in the end"] = active()
print("RESULTS " + json.dumps(found))
