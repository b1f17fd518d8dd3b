"""Workflows of tasks that connectors run."""

import datetime
from typing import List

from flytekit import Secret, kwtypes, map_task, task, workflow
from flytekit.models.security import SecurityContext
from flytekit.core.base_task import PythonTask
from flytekit.core.interface import Interface
from flytekit.extend.backend.base_connector import AsyncConnectorExecutorMixin, SyncConnectorExecutorMixin
from flytekit.sensor.file_sensor import FileSensor

from flytekitplugins.sleep import Sleep

from connected import connectors  # noqa: F401


class Job(AsyncConnectorExecutorMixin, PythonTask):
    def __init__(self, name, seconds=0.5, how="outputs", **more):
        self._custom = {"seconds": seconds, "how": how}
        super().__init__(
            task_type="test_job", name=name, task_config=None, interface=Interface(inputs=kwtypes(x=int), outputs=kwtypes(o0=int)), **more
        )

    def get_custom(self, settings):
        return self._custom


class Sum(SyncConnectorExecutorMixin, PythonTask):
    def __init__(self, name, how="", **more):
        self._how = how
        super().__init__(
            task_type="test_sum", name=name, task_config=None, interface=Interface(inputs=kwtypes(x=int), outputs=kwtypes(o0=int)), **more
        )

    def get_custom(self, settings):
        return {"how": self._how}


job = Job("connected.job", security_ctx=SecurityContext(secrets=[Secret(group="warehouse", key="token")]))
writing_job = Job("connected.writing_job", how="writes")
long_job = Job("connected.long_job", seconds=5)
endless_job = Job("connected.endless_job", seconds=3600)
plus_one = Sum("connected.plus_one")
file_sensor = FileSensor(name="connected.file_sensor", timeout=datetime.timedelta(seconds=60))


@task
def plain(x: int) -> int:
    return x * 2


@workflow
def mixed(path: str, x: int = 1) -> int:
    """All three kinds, and a task of our own between them."""
    there = file_sensor(path=path)
    first = job(x=x)
    there >> first
    second = plus_one(x=plain(x=first))
    return writing_job(x=second)


@workflow
def only_long(x: int) -> int:
    return long_job(x=x)


@workflow
def two_endless(x: int) -> int:
    endless_job(x=x)
    return endless_job(x=x)


@task(task_config=Sleep())
def sleeps(how_long: datetime.timedelta) -> None: ...


@workflow
def rests(how_long: datetime.timedelta):
    sleeps(how_long=how_long)


def _alone(name, made):
    """A workflow of one task."""

    @workflow
    def alone(x: int) -> int:
        return made(x=x)

    alone._name = f"connected.programs.{name}"
    return alone


refused = _alone("refused", Job("connected.refused", how="refuses"))
failed = _alone("failed", Job("connected.failed", how="FAILED", seconds=0.1))
aborted = _alone("aborted", Job("connected.aborted", how="ABORTED", seconds=0.1))
retried = _alone("retried", Job("connected.retried", how="RETRYABLE_FAILED", seconds=0.1))
broken = _alone("broken", Job("connected.broken", how="breaks"))
lying = _alone("lying", Job("connected.lying", how="lies about its phase"))
empty = _alone("empty", Job("connected.empty", how="leaves nothing", seconds=0.1))
other = _alone("other", Job("connected.other", how="other outputs", seconds=0.1))
huge = _alone("huge", Job("connected.huge", how="too much", seconds=0.1))
sum_broken = _alone("sum_broken", Sum("connected.sum_broken", how="breaks"))
sum_failed = _alone("sum_failed", Sum("connected.sum_failed", how="fails"))
sum_hung = _alone("sum_hung", Sum("connected.sum_hung", how="hangs"))


@workflow
def only_sum(x: int) -> int:
    return plus_one(x=x)
