"""Maps over tasks, as flytekit makes them."""

import functools
import os
from typing import Optional

from flytekit import map_task, reference_task, task, workflow
from flytekit.exceptions.user import FlyteRecoverableException


@task
def square(x: int) -> int:
    return x * x


@task
def power(x: int, exponent: int, label: str) -> str:
    return f"{label}{x**exponent}"


@task
def total(values: list[int]) -> int:
    return sum(values)


@task
def odd_ones_fail(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x


@task(retries=2)
def fails_at_first(x: int) -> str:
    attempt = int(os.environ["FLYTE_ATTEMPT_NUMBER"])
    if x % 3 == 0 and attempt < 2:
        raise FlyteRecoverableException(f"attempt {attempt} of {x}")
    return f"{x} at {attempt}"


@task(cache=True, cache_version="1")
def remembered(x: int) -> int:
    return x + 100


@task
def nothing(x: int):
    print(f"nothing of {x}")


@task
def listed(x: int) -> list[str]:
    return ["ab"[i] * x for i in range(2)]


@reference_task(project="flytesnacks", domain="development", name="maps.mapped.square", version="v1")
def square_elsewhere(x: int) -> int: ...


@workflow
def of_reference(xs: list[int]) -> list[int]:
    return map_task(square_elsewhere)(x=xs)


@workflow
def squares(xs: list[int]) -> list[int]:
    return map_task(square)(x=xs)


@workflow
def sums(xs: list[int]) -> int:
    return total(values=map_task(square, concurrency=2)(x=xs))


@workflow
def bound(xs: list[int]) -> list[str]:
    return map_task(functools.partial(power, exponent=2, label="is "))(x=xs)


@workflow
def most_succeed(xs: list[int]) -> list[Optional[int]]:
    return map_task(odd_ones_fail, min_success_ratio=0.5)(x=xs)


@workflow
def all_must_succeed(xs: list[int]) -> list[int]:
    return map_task(odd_ones_fail)(x=xs)


@workflow
def again(xs: list[int]) -> list[str]:
    return map_task(fails_at_first)(x=xs)


@workflow
def cached(xs: list[int]) -> list[int]:
    return map_task(remembered)(x=xs)


@workflow
def void(xs: list[int]):
    map_task(nothing)(x=xs)


@workflow
def lists(xs: list[int]) -> list[list[str]]:
    return map_task(listed)(x=xs)


@workflow
def of_unequal(xs: list[int], ys: list[int], zs: list[str]) -> list[str]:
    return map_task(power)(x=xs, exponent=ys, label=zs)


@workflow
def within(xs: list[int]) -> int:
    return sums(xs=squares(xs=xs))
