"""Failures as users cause them."""

import os
import sys
import time

from flytekit import task, workflow
from flytekit.exceptions.user import FlyteRecoverableException


@task
def raises(x: int) -> int:
    if x > 1:
        raise ValueError(f"{x} is too big")
    return x


@task
def exits() -> int:
    if "FLYTE_ATTEMPT_NUMBER" in os.environ:
        sys.exit(3)
    return 0


@task
def killed() -> int:
    os.kill(os.getpid(), 9)
    return 1


@task(retries=2)
def recovers() -> int:
    attempt = int(os.environ["FLYTE_ATTEMPT_NUMBER"])
    if attempt < 2:
        raise FlyteRecoverableException(f"attempt {attempt} fails")
    return attempt


@task(retries=1)
def never_recovers() -> int:
    if "FLYTE_ATTEMPT_NUMBER" in os.environ:
        raise FlyteRecoverableException("again")
    return 0


@task
def sleeps(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


@task
def double(x: int) -> int:
    return x * 2


@workflow
def fails_late(x: int) -> int:
    return double(x=raises(x=double(x=x)))
