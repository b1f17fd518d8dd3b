"""Containers that know nothing of Flyte: a shell, files in, files out."""

import os
from datetime import datetime, timedelta, timezone
from typing import Dict, List, NamedTuple, Optional

from flytekit import ContainerTask, Resources, kwtypes, task, workflow
from flytekit.types.directory import FlyteDirectory
from flytekit.types.file import FlyteFile

# Any image with a shell.
image = os.environ.get("RAW_IMAGE", "image:none")
least = Resources(cpu="20m", mem="50Mi")
most = Resources(cpu="1", mem="200Mi")

values = kwtypes(
    number=int,
    text=str,
    ratio=float,
    yes=bool,
    when=datetime,
    took=timedelta,
    file=FlyteFile,
    tree=FlyteDirectory,
    numbers=List[int],
    words=Dict[str, str],
    nothing=Optional[int],
)
results = kwtypes(
    number=int,
    text=str,
    ratio=float,
    yes=bool,
    when=datetime,
    took=timedelta,
    file=FlyteFile,
    tree=FlyteDirectory,
    seen=str,
    document=str,
)

echo = """
set -e
cd /var/inputs
cp number text ratio yes when took /var/outputs/
cp file /var/outputs/file.txt
cp -r tree /var/outputs/tree
{ ls -1 | tr '\\n' ' '; cat numbers/0 words/k; echo " $(cat nothing) $(ls -A tree/deep)"; } > /var/outputs/seen
tr -d '\\n' < inputs.$1 > /var/outputs/document || true
[ "$1" != pb ] || wc -c < inputs.pb > /var/outputs/document
"""


def container(name: str, command: List[str], inputs=None, outputs=None, metadata_format=ContainerTask.MetadataFormat.JSON) -> ContainerTask:
    return ContainerTask(
        name=f"raw.{name}",
        image=image,
        command=command,
        inputs=inputs,
        outputs=outputs,
        input_data_dir="/var/inputs",
        output_data_dir="/var/outputs",
        metadata_format=metadata_format,
        requests=least,
        limits=most,
    )


formats = {
    extension: container(extension, ["/bin/sh", "-c", echo, "echo", extension], values, results, metadata_format)
    for extension, metadata_format in [
        ("json", ContainerTask.MetadataFormat.JSON),
        ("yaml", ContainerTask.MetadataFormat.YAML),
        ("pb", ContainerTask.MetadataFormat.PROTO),
    ]
}


class Made(NamedTuple):
    file: FlyteFile
    tree: FlyteDirectory


@task(requests=least, limits=Resources(cpu="2", mem="300Mi"), container_image=image)
def make() -> Made:
    with open("made.txt", "w") as file:
        file.write("in a file")
    os.makedirs("made/deep/er")
    for name, text in [("top", "1"), ("deep/low", "2"), ("deep/er/lowest", "3")]:
        with open(f"made/{name}", "w") as file:
            file.write(text)
    return Made(FlyteFile("made.txt"), FlyteDirectory("made"))


class Echoed(NamedTuple):
    number: int
    text: str
    ratio: float
    yes: bool
    when: datetime
    took: timedelta
    file: FlyteFile
    tree: FlyteDirectory
    seen: str
    document: str
    yaml: str
    pb: str


@workflow
def echoing(
    took: timedelta,
    number: int = 9007199254740993,
    text: str = "a b",
    ratio: float = 0.00000025,
    yes: bool = True,
    when: datetime = datetime(2026, 5, 1, 10, 0, 0, 250000, tzinfo=timezone.utc),
) -> Echoed:
    made = make()
    ran = {
        name: one(
            number=number,
            text=text,
            ratio=ratio,
            yes=yes,
            when=when,
            took=took,
            file=made.file,
            tree=made.tree,
            numbers=[7],
            words={"k": "v"},
            nothing=None,
        )
        for name, one in formats.items()
    }
    first = ran["json"]
    return Echoed(
        first.number,
        first.text,
        first.ratio,
        first.yes,
        first.when,
        first.took,
        first.file,
        first.tree,
        first.seen,
        first.document,
        ran["yaml"].document,
        ran["pb"].document,
    )


failures = {
    "exits": container("exits", ["/bin/sh", "-c", "echo no luck >&2; exit 3"], outputs=kwtypes(x=int)),
    "tells": container("tells", ["/bin/sh", "-c", "echo the disk is flat > /var/outputs/_ERROR"], outputs=kwtypes(x=int)),
    "dies": container("dies", ["/bin/sh", "-c", "echo told first > /var/outputs/_ERROR; exit 4"], outputs=kwtypes(x=int)),
    "forgets": container("forgets", ["/bin/true"], outputs=kwtypes(x=int)),
    "misspells": container("misspells", ["/bin/sh", "-c", "echo one > /var/outputs/x"], outputs=kwtypes(x=int)),
    "slow": container("slow", ["/bin/sh", "-c", "echo x >> /var/outputs/starts; sleep 3; wc -l < /var/outputs/starts > /var/outputs/x"], outputs=kwtypes(x=int)),
    "waits": container("waits", ["/bin/sh", "-c", "sleep 600"], outputs=kwtypes(x=int)),
}


@workflow
def exits() -> int:
    return failures["exits"]()


@workflow
def tells() -> int:
    return failures["tells"]()


@workflow
def dies() -> int:
    return failures["dies"]()


@workflow
def forgets() -> int:
    return failures["forgets"]()


@workflow
def misspells() -> int:
    return failures["misspells"]()


@workflow
def slow() -> int:
    return failures["slow"]()


@workflow
def waits() -> int:
    return failures["waits"]()


reads = container("reads", ["/bin/cat", "/var/inputs/file"], inputs=kwtypes(file=FlyteFile))


@workflow
def reading(file: FlyteFile) -> None:
    reads(file=file)


secrets = container("secrets", ["/bin/sh", "-c", "umask 077; echo 5 > /var/outputs/x"], outputs=kwtypes(x=int))


@workflow
def keeping() -> int:
    return secrets()
