"""A workflow of nodes of every kind, whose tasks are pods."""

import os
from typing import List, Tuple

from flytekit import LaunchPlan, Resources, conditional, dynamic, map_task, task, workflow

least = Resources(cpu="20m", mem="80Mi")
most = Resources(cpu="2", mem="300Mi")


@task(requests=least, limits=most, cache=True, cache_version="1")
def ran_in(x: int) -> Tuple[int, str]:
    return x + 1, os.environ["HOSTNAME"]


@task(requests=least, limits=most)
def double(x: int) -> int:
    print(f"doubling {x}")
    return 2 * x


@task(requests=least, limits=most)
def total(values: List[int]) -> int:
    return sum(values)


@workflow
def inner(x: int) -> int:
    return double(x=x)


plan = LaunchPlan.get_or_create(inner, name="shapes.plan")


@dynamic(requests=least, limits=most)
def doubles(n: int) -> List[int]:
    return [double(x=x) for x in range(n)]


@workflow
def shapes(x: int) -> Tuple[str, int, int, int, List[int], int]:
    more, pod = ran_in(x=x)
    sub = inner(x=more)
    chosen = conditional("size").if_(sub > 100).then(double(x=sub)).else_().then(inner(x=sub))
    return pod, sub, chosen, total(values=map_task(double)(x=[1, 2, 3])), doubles(n=2), plan(x=x)


@workflow
def remembers(x: int) -> Tuple[int, str]:
    return ran_in(x=x)
