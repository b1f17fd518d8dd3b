"""Tasks that tell a file the engine never reads when an attempt begins and when it ends."""

import os
import time

from flytekit import LaunchPlan, task, workflow


def tell(judge: str, what: str) -> None:
    attempt = f"{os.environ['FLYTE_INTERNAL_EXECUTION_ID']} {os.environ['FLYTE_INTERNAL_TASK_NAME']} {os.environ['FLYTE_ATTEMPT_NUMBER']}"
    descriptor = os.open(judge, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(descriptor, f"{what} {attempt}\n".encode())
    os.close(descriptor)


@task
def first(judge: str, x: int) -> int:
    tell(judge, "begin")
    time.sleep(0.2)
    tell(judge, "end")
    return x + 1


@task
def second(judge: str, x: int) -> int:
    tell(judge, "begin")
    time.sleep(0.2)
    tell(judge, "end")
    return x * 2


@task
def third(judge: str, x: int) -> int:
    tell(judge, "begin")
    tell(judge, "end")
    return x - 1


@workflow
def chain(judge: str, x: int) -> int:
    return third(judge=judge, x=second(judge=judge, x=first(judge=judge, x=x)))


@workflow
def outer(judge: str, x: int) -> int:
    return LaunchPlan.get_or_create(chain)(judge=judge, x=x)
