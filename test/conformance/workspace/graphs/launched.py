"""Workflows that launch launch plans, as flytekit makes them."""

import datetime
import typing

from flytekit import LaunchPlan, conditional, task, wait_for_input, workflow


@task
def double(x: int) -> int:
    return 2 * x


@task
def words(x: int, name: str) -> typing.Dict[str, typing.List[int]]:
    return {name: list(range(x))}


@task
def fails(x: int) -> int:
    if x > 0:
        raise ValueError(f"no {x}")
    return x


@workflow
def child(x: int, name: str = "ada") -> typing.Tuple[int, typing.Dict[str, typing.List[int]]]:
    return double(x=x), words(x=x, name=name)


@workflow
def silent(x: int):
    double(x=x)


@workflow
def failing(x: int) -> int:
    return fails(x=x)


plan = LaunchPlan.get_or_create(child, name="graphs.launched.plan", default_inputs={"name": "bob"}, fixed_inputs={})
fixed = LaunchPlan.get_or_create(child, name="graphs.launched.fixed", fixed_inputs={"name": "eve"})
quiet = LaunchPlan.get_or_create(silent)
broken = LaunchPlan.get_or_create(failing)


@workflow
def parent(x: int) -> typing.Tuple[int, typing.Dict[str, typing.List[int]], typing.Dict[str, typing.List[int]]]:
    number, names = plan(x=x)
    again, others = fixed(x=number)
    return double(x=again), names, others


@workflow
def grandparent(x: int) -> int:
    number, _, _ = LaunchPlan.get_or_create(parent)(x=x)
    quiet(x=number)
    return number


@workflow
def inner(x: int) -> int:
    number, _ = plan(x=x, name="inner")
    return number


@workflow
def deep(x: int) -> int:
    return conditional("which").if_(x > 1).then(inner(x=x)).else_().then(double(x=x))


@workflow
def breaks(x: int) -> int:
    return broken(x=x)


@workflow
def holding(x: int) -> int:
    go = wait_for_input("go", timeout=datetime.timedelta(hours=1), expected_type=int)
    return double(x=go)


held = LaunchPlan.get_or_create(holding)


@workflow
def holds(x: int) -> int:
    return held(x=x)
