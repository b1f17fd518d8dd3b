"""Graphs within graphs, as flytekit makes them."""

import datetime
from typing import Optional

from flytekit import approve, conditional, sleep, task, wait_for_input, workflow
from flytekit.types.error.error import FlyteError


@task
def add(a: int, b: int) -> int:
    return a + b


@task
def fails_above(x: int, limit: int) -> int:
    if x > limit:
        raise ValueError(f"{x} is more than {limit}")
    return x


@task
def tell(text: str) -> str:
    return f"it was {text}"


@task
def clean_up(x: int, limit: int, err: Optional[FlyteError] = None):
    print(f"cleaning up after {x}: {err.message if err else 'nothing'}")
    assert err is not None and "is more than" in err.message, err


@task
def nothing_to_clean(x: int, err: Optional[FlyteError] = None):
    print("nothing to clean")


@workflow
def depth_three(x: int) -> int:
    return add(a=x, b=1)


@workflow
def depth_two(x: int) -> int:
    return add(a=depth_three(x=x), b=10)


@workflow
def depth_one(x: int) -> int:
    return add(a=depth_two(x=x), b=100)


@workflow
def deep(x: int) -> int:
    return depth_one(x=x)


@workflow
def chooses(x: int, f: float, name: str, flag: bool) -> str:
    sum = add(a=x, b=1)
    return (
        conditional("outer")
        .if_((sum > 10) & (f < 0.5))
        .then(tell(text="big and low"))
        .elif_((name == "ada") | flag.is_true())
        .then(
            conditional("inner")
            .if_(x != 0)
            .then(tell(text="named"))
            .else_()
            .then(tell(text="named and none"))
        )
        .elif_(x < 0)
        .then(tell(text="less"))
        .else_()
        .fail("no arm for this")
    )


@workflow
def chooses_within(x: int) -> int:
    late = add(a=x, b=5)
    return conditional("whole").if_(x >= 3).then(deep(x=late)).else_().then(add(a=x, b=late))


@workflow(on_failure=clean_up)
def fails_within(x: int, limit: int = 2) -> int:
    return fails_above(x=x, limit=limit)


@workflow(on_failure=nothing_to_clean)
def cleans_up(x: int) -> int:
    return add(a=fails_within(x=x, limit=2), b=1)


@workflow
def waits(x: int) -> int:
    pause = sleep(datetime.timedelta(seconds=1))
    number = wait_for_input("number", timeout=datetime.timedelta(hours=1), expected_type=int)
    pause >> number
    sum = add(a=x, b=number)
    return add(a=approve(sum, "fine", timeout=datetime.timedelta(hours=1)), b=1000)
