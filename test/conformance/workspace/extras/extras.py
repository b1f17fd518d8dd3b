"""Tasks of flytekit's that are no functions: a shell script, a query of a SQLite database."""

import os
from typing import NamedTuple

import pandas
from flytekit import kwtypes, task, workflow
from flytekit.extras.sqlite3.task import SQLite3Config, SQLite3Task
from flytekit.extras.tasks.shell import OutputLocation, ShellTask
from flytekit.types.directory import FlyteDirectory
from flytekit.types.file import FlyteFile

counts = ShellTask(
    name="extras.counts",
    script="""
set -e
mkdir -p {outputs.parts}
wc -w < {inputs.text} | tr -d ' ' > {outputs.words}
for part in $(cat {inputs.text}); do echo {inputs.prefix}$part > {outputs.parts}/$part; done
""",
    inputs=kwtypes(text=FlyteFile, prefix=str),
    output_locs=[
        OutputLocation(var="words", var_type=FlyteFile, location="words.txt"),
        OutputLocation(var="parts", var_type=FlyteDirectory, location="parts-{inputs.prefix}"),
    ],
)
breaks = ShellTask(name="extras.breaks", script="echo out of paper >&2; exit 3")


@task
def write() -> FlyteFile:
    with open("text.txt", "w") as file:
        file.write("one two three")
    return FlyteFile("text.txt")


class Read(NamedTuple):
    words: int
    parts: str


@task
def read(words: FlyteFile, parts: FlyteDirectory) -> Read:
    with open(words) as file:
        count = int(file.read())
    top = parts.download()
    return Read(count, " ".join(open(os.path.join(top, name)).read().strip() for name in sorted(os.listdir(top))))


@workflow
def counting(prefix: str = "a-") -> Read:
    counted = counts(text=write(), prefix=prefix)
    return read(words=counted.words, parts=counted.parts)


@workflow
def breaking() -> None:
    breaks()


tracks = SQLite3Task(
    name="extras.tracks",
    query_template="select name, length from tracks where length > {{.inputs.least}} order by name limit {{.inputs.most}}",
    inputs=kwtypes(least=int, most=int),
    task_config=SQLite3Config(uri=os.environ.get("TRACKS", "/none")),
)


class Summed(NamedTuple):
    names: str
    length: int


@task
def summed(found: pandas.DataFrame) -> Summed:
    return Summed(" ".join(found["name"]), int(found["length"].sum()))


@workflow
def querying(least: int = 10, most: int = 2) -> Summed:
    return summed(found=tracks(least=least, most=most))
