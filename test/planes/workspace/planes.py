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


@workflow
def chain(judge: str, x: int) -> int:
    return second(judge=judge, x=first(judge=judge, x=x))


@task(cache=True, cache_version="1")
def square(judge: str, x: int) -> int:
    tell(judge, "begin")
    return x * x


@workflow
def cached(judge: str, x: int) -> int:
    return square(judge=judge, x=x)


@task
def sleep(judge: str, x: int) -> int:
    tell(judge, "begin")
    time.sleep(600)
    tell(judge, "end")
    return x


@workflow
def sleeper(judge: str, x: int) -> int:
    return second(judge=judge, x=sleep(judge=judge, x=x))


@workflow
def outer(judge: str, x: int) -> int:
    return LaunchPlan.get_or_create(chain)(judge=judge, x=x)


@workflow
def outermost(judge: str, x: int) -> int:
    return LaunchPlan.get_or_create(outer)(judge=judge, x=x)


@workflow
def outer_sleeper(judge: str, x: int) -> int:
    return LaunchPlan.get_or_create(sleeper)(judge=judge, x=x)
