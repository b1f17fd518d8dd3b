"""A workflow that costs next to nothing, for schedules that launch it every second."""

from flytekit import task, workflow


@task(cache=True, cache_version="1")
def same(x: int) -> int:
    return x


@workflow
def ticking(x: int) -> int:
    return same(x=x)
