"""A map whose elements tell a file the engine never reads when an attempt begins and when it ends."""

import functools
import os
import time

from flytekit import map_task, task, workflow


@task
def element(judge: str, x: int) -> int:
    index, attempt = os.environ["FLYTE_K8S_ARRAY_INDEX"], os.environ["FLYTE_ATTEMPT_NUMBER"]
    with open(judge, "a", buffering=1) as file:
        file.write(f"begin {index} {attempt}\n")
        time.sleep(0.3)
        file.write(f"end {index} {attempt}\n")
    return x * 2


@workflow
def mapped(judge: str, xs: list[int]) -> list[int]:
    return map_task(functools.partial(element, judge=judge), concurrency=3)(x=xs)
