"""Graphs that tasks make while they run."""

from dataclasses import dataclass

from flytekit import LaunchPlan, Resources, conditional, dynamic, task, workflow

from .nested import add, depth_one, tell


@dataclass
class Pair:
    left: int
    right: dict[str, int]


@task
def square(x: int) -> int:
    return x * x


@task
def total(values: list[int]) -> int:
    return sum(values)


@task(retries=2)
def fails_at(x: int, limit: int) -> int:
    if x >= limit:
        raise ValueError(f"{x} is too much")
    return x


@dynamic
def squares(n: int) -> (int, list[int], dict[str, int]):
    values = [square(x=x) for x in range(n)]
    return total(values=values), values, {"first": values[0], "n": n}


@workflow
def sum_of_squares(n: int) -> (int, list[int], dict[str, int]):
    sum, values, named = squares(n=n)
    return add(a=sum, b=1), values, named


@dynamic
def nothing(n: int) -> list[int]:
    return [square(x=x) for x in range(n)]


@workflow
def perhaps_nothing(n: int) -> list[int]:
    return nothing(n=n)


@dynamic
def fibonacci(n: int) -> int:
    if n < 2:
        return n
    return add(a=fibonacci(n=n - 1), b=fibonacci(n=n - 2))


@workflow
def recurses(n: int) -> int:
    return fibonacci(n=n)


@workflow
def choose(x: int) -> str:
    return conditional("size").if_(x > 10).then(tell(text="big")).else_().then(tell(text="small"))


@dynamic(requests=Resources(cpu="100m"))
def of_all_kinds(x: int) -> (str, int, Pair):
    first = add(a=x, b=1).with_overrides(node_name="the-first")
    deep = depth_one(x=first)
    made, _, named = squares(n=2)
    return choose(x=deep), made, pair(left=deep, right=named)


@task
def pair(left: int, right: dict[str, int]) -> Pair:
    return Pair(left, right)


@workflow
def inside(x: int) -> (str, int, Pair):
    return of_all_kinds(x=x)


@workflow
def all_kinds(x: int) -> (str, int, Pair):
    return inside(x=x)


@dynamic
def breaks(limit: int) -> int:
    values = [fails_at(x=x, limit=limit) for x in range(3)]
    values[0] >> values[1]
    values[1] >> values[2]
    return total(values=values)


@workflow
def may_break(limit: int) -> int:
    return breaks(limit=limit)


@dynamic
def raises(n: int) -> int:
    made = square(x=n)
    if n > 0:
        raise ValueError("made nothing of it")
    return made


@workflow
def does_not_make(n: int) -> int:
    return raises(n=n)


@dynamic(cache=True, cache_version="1")
def kept(n: int) -> int:
    return total(values=[square(x=x) for x in range(n)])


@workflow
def is_kept(n: int) -> int:
    return kept(n=n)


plan = LaunchPlan.get_or_create(is_kept, "graphs.made.plan", fixed_inputs={"n": 2})


@dynamic
def launches(x: int) -> int:
    return add(a=plan(), b=x)


@workflow
def makes_children(x: int) -> int:
    return launches(x=x)
