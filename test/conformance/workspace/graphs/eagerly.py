"""Tasks that run others by themselves, as clients of admin."""

import asyncio
import time

from flytekit import eager, task, workflow

from .nested import add


@task
async def double(x: int) -> int:
    return 2 * x


@workflow
def add_twice(a: int, b: int) -> int:
    return add(a=add(a=a, b=b), b=b)


@eager
async def runs_others(x: int) -> int:
    first, second = await asyncio.gather(double(x=x), double(x=x + 1))
    return add_twice(a=first, b=second)


@task
async def sleeps(seconds: int) -> int:
    time.sleep(seconds)
    return seconds


@task
async def fails(x: int) -> int:
    if x > 0:
        raise ValueError(f"{x} will not do")
    return x


@eager
async def gives_up(x: int) -> int:
    first, _ = await asyncio.gather(fails(x=x), sleeps(seconds=600))
    return first
