"""Tasks whose pods end otherwise than by themselves."""

import os
import time
from typing import List, Tuple

from flytekit import Resources, map_task, task, workflow

least = Resources(cpu="20m", mem="80Mi")
most = Resources(cpu="2", mem="300Mi")


@task(requests=least, limits=most)
def stays(seconds: int) -> str:
    time.sleep(seconds)
    return os.environ["HOSTNAME"]


@workflow
def staying(seconds: int) -> str:
    return stays(seconds=seconds)


@workflow
def in_a_row(seconds: int) -> Tuple[str, str, str]:
    first = stays(seconds=0)
    second = stays(seconds=seconds)
    third = stays(seconds=0)
    first >> second
    second >> third
    return first, second, third


@task(requests=least, limits=most)
def ticks(count: int):
    for tick in range(count):
        print(f"tick {tick}", flush=True)
        time.sleep(0.3)
    raise ValueError("no more")


@workflow
def ticking(count: int):
    ticks(count=count)


@task(requests=least, limits=most, pod_template_name="impatient")
def leaves_its_node(seconds: int) -> str:
    time.sleep(seconds)
    return os.environ["HOSTNAME"]


@workflow
def leaving(seconds: int) -> str:
    return leaves_its_node(seconds=seconds)


@task(requests=least, limits=most, pod_template_name="deadline")
def is_late():
    time.sleep(600)


@workflow
def late():
    is_late()


disk = Resources(cpu="2", mem="300Mi", ephemeral_storage="10Mi")


@task(requests=Resources(cpu="20m", mem="80Mi", ephemeral_storage="1Mi"), limits=disk)
def writes():
    with open("much", "wb") as file:
        file.write(bytes(50 << 20))
    time.sleep(600)


@workflow
def writing():
    writes()


@task(requests=Resources(cpu="1000", mem="80Mi"), limits=Resources(cpu="1000", mem="80Mi"))
def asks():
    pass


@workflow
def asking():
    asks()


# Nobody listens there, so that the pull fails at once.
@task(requests=least, limits=most, container_image="localhost:1/missing:v1")
def has_no_image():
    pass


@workflow
def without_image():
    has_no_image()


@task(requests=least, limits=most, container_image="local/Not-An-Image:1")
def is_misnamed():
    pass


@workflow
def misnamed():
    is_misnamed()


@task(requests=least, limits=most, container_image="flyte-test-foreign:v1")
def is_foreign():
    pass


@workflow
def foreign():
    is_foreign()


# What runs is the template's command: a pod that is gone in half a second.
@task(requests=Resources(cpu="10m", mem="10Mi"), limits=most, pod_template_name="brief")
def is_brief(x: int):
    pass


@workflow
def many(xs: List[int]):
    map_task(is_brief, concurrency=20)(x=xs)
