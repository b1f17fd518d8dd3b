"""What fails until a file is there, as flytekit makes it: to be recovered. `trace` is where each task that runs leaves its name."""

import os

from flytekit import LaunchPlan, conditional, dynamic, map_task, task, workflow


def leave(trace: str, name: str):
    with open(os.path.join(trace, "ran"), "a") as file:
        file.write(name + "\n")


@task
def first(trace: str, x: int) -> int:
    leave(trace, "first")
    return x + 1


@task
def needs(trace: str, x: int, what: str) -> int:
    leave(trace, f"needs {what}")
    if not os.path.exists(os.path.join(trace, what)):
        raise ValueError(f"{what} is missing")
    return x * 10


@workflow
def chain(trace: str, x: int, what: str) -> int:
    return needs(trace=trace, x=first(trace=trace, x=x), what=what)


@workflow
def within(trace: str, x: int) -> int:
    return needs(trace=trace, x=chain(trace=trace, x=x, what="a"), what="b")


plan = LaunchPlan.get_or_create(chain, name="graphs.recovering.plan")


@workflow
def launching(trace: str, x: int) -> int:
    return needs(trace=trace, x=plan(trace=trace, x=x, what="a"), what="b")


@dynamic
def made(trace: str, x: int) -> int:
    leave(trace, "made")
    return needs(trace=trace, x=first(trace=trace, x=x), what="a")


@workflow
def making(trace: str, x: int) -> int:
    return needs(trace=trace, x=made(trace=trace, x=x), what="b")


@workflow
def choosing(trace: str, x: int) -> int:
    chosen = (
        conditional("which")
        .if_(x > 0)
        .then(chain(trace=trace, x=x, what="a"))
        .else_()
        .then(first(trace=trace, x=x))
    )
    return needs(trace=trace, x=chosen, what="b")


@task
def element(trace: str, x: int) -> int:
    leave(trace, f"element {x}")
    if x == 2 and not os.path.exists(os.path.join(trace, "a")):
        raise ValueError("a is missing")
    return x * 100


@task
def traces(trace: str, n: int) -> list[str]:
    return [trace] * n


@workflow
def mapping(trace: str, x: int) -> list[int]:
    return map_task(element, concurrency=1)(trace=traces(trace=trace, n=x), x=[0, 1, 2])
