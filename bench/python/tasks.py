"""Tasks that do nothing, for the figures of `npm run bench python`."""

from flytekit import task, workflow


@task
def noop(x: int) -> int:
    return x


@workflow
def one(x: int = 1) -> int:
    return noop(x=x)


@workflow
def chain(x: int = 1) -> int:
    for _ in range(10):
        x = noop(x=x)
    return x


@workflow
def fan(x: int = 1) -> int:
    for _ in range(1000):
        last = noop(x=x)
    return last
