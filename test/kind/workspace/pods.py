"""Tasks that say where they ran."""

import os
import time

from flytekit import Resources, task, workflow
from flytekit.types.file import FlyteFile

# Many of them fit on a small machine, and each may take what is free.
least = Resources(cpu="20m", mem="100Mi")
most = Resources(cpu="2", mem="300Mi")


@task(requests=least, limits=most)
def write(text: str) -> FlyteFile:
    path = "written.txt"
    with open(path, "w") as file:
        file.write(text)
    return FlyteFile(path)


@task(requests=least, limits=most)
def describe(file: FlyteFile) -> str:
    with open(file) as opened:
        return f"{opened.read()} in {os.environ['HOSTNAME']}"


@workflow
def passes(text: str = "hello") -> str:
    return describe(file=write(text=text))


@task(requests=least, limits=most)
def fails(x: int) -> int:
    if x > 1:
        raise ValueError(f"{x} is too big")
    return x


@workflow
def failing(x: int = 5) -> int:
    return fails(x=x)


@task(requests=least, limits=most)
def eats(megabytes: int) -> int:
    return len(bytearray(os.urandom(1 << 20)) * megabytes)


@workflow
def eating(megabytes: int = 2000) -> int:
    return eats(megabytes=megabytes)


@task(requests=least, limits=most)
def sleeps(seconds: int) -> str:
    time.sleep(seconds)
    return os.environ["HOSTNAME"]


@workflow
def sleeping(seconds: int = 600) -> str:
    return sleeps(seconds=seconds)
