"""Maps over launch plans, as flytekit makes them."""

from typing import Optional

from flytekit import LaunchPlan, dynamic, map_task, task, workflow


@task
def half(x: int, less: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2 - less


@workflow
def halved(x: int, less: int) -> int:
    return half(x=x, less=less)


@task
def show(x: int):
    print(f"this is {x}")


@workflow
def shown(x: int):
    show(x=x)


plan = LaunchPlan.get_or_create(halved, name="maps.launching.plan", default_inputs={"less": 0})
fixed = LaunchPlan.get_or_create(halved, name="maps.launching.fixed", fixed_inputs={"less": 1})
silent = LaunchPlan.get_or_create(shown, name="maps.launching.silent")


@task
def total(values: list[int]) -> int:
    return sum(values)


@workflow
def halves(xs: list[int]) -> list[int]:
    return map_task(fixed, concurrency=1)(x=xs)


@workflow
def both(xs: list[int], ys: list[int]) -> int:
    return total(values=map_task(plan)(x=xs, less=ys))


@workflow
def most_halves(xs: list[int]) -> list[Optional[int]]:
    return map_task(fixed, min_success_ratio=0.5)(x=xs)


@workflow
def all_halves(xs: list[int]) -> list[int]:
    return map_task(fixed)(x=xs)


@workflow
def launches_silent(xs: list[int]):
    map_task(silent)(x=xs)


@dynamic
def made(n: int) -> list[int]:
    return map_task(fixed)(x=[2 * i for i in range(n)])


@workflow
def within_dynamic(n: int) -> list[int]:
    return made(n=n)
