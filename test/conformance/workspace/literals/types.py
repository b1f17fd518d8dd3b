"""One task for each way flytekit writes a literal."""

import enum
import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import pandas as pd
from flytekit import FlyteDirectory, FlyteFile, StructuredDataset, current_context, kwtypes, task, workflow
from typing_extensions import Annotated


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Layer:
    width: int
    name: str = "dense"


@dataclass
class Network:
    rate: float
    layers: List[Layer] = field(default_factory=list)
    labels: Dict[str, str] = field(default_factory=dict)
    limit: Optional[int] = None


class Opaque:
    """Nothing knows how to write it, so it is pickled."""

    def __init__(self, value: int):
        self.value = value


Summary = NamedTuple("Summary", [("mean", float), ("count", int)])


@task
def primitives(i: int, f: float, s: str, b: bool, at: datetime, span: timedelta) -> Tuple[int, float, str, bool, datetime, timedelta]:
    return i + 1, f * 2, s.upper(), not b, at + timedelta(days=1), span * 2


@task
def dates(day: date) -> date:
    return day + timedelta(days=1)


@task
def collections(xs: List[int], table: Dict[str, float], nested: List[List[str]], groups: Dict[str, List[int]]) -> Tuple[List[int], Dict[str, float], List[List[str]], Dict[str, List[int]]]:
    return xs[::-1], {k: v + 1 for k, v in table.items()}, nested + [["end"]], {**groups, "all": sorted(sum(groups.values(), []))}


@task
def empty_list(xs: List[int]) -> List[int]:
    return xs


@task
def optional(x: Optional[int] = None) -> Optional[int]:
    return None if x is None else x + 1


@task
def union(u: Union[int, str]) -> Union[int, str]:
    return f"{u}!" if isinstance(u, str) else u + 1


@task
def structured(network: Network) -> Network:
    network.layers.append(Layer(width=len(network.layers)))
    network.rate /= 2
    return network


@task
def untyped(d: dict) -> dict:
    return {**d, "seen": True}


@task
def named(xs: List[int]) -> Summary:
    return Summary(mean=sum(xs) / len(xs), count=len(xs))


@task
def enumerated(c: Colour) -> Colour:
    return Colour.GREEN if c == Colour.RED else Colour.RED


@task
def write_file(text: str) -> FlyteFile:
    path = os.path.join(current_context().working_directory, "note.txt")
    with open(path, "w") as out:
        out.write(text)
    return FlyteFile(path)


@task
def read_file(f: FlyteFile) -> str:
    with open(f) as text:
        return text.read()


@task
def write_directory(n: int) -> FlyteDirectory:
    path = os.path.join(current_context().working_directory, "numbers")
    os.makedirs(path)
    for i in range(n):
        with open(os.path.join(path, f"{i}.txt"), "w") as out:
            out.write(str(i * i))
    return FlyteDirectory(path)


@task
def read_directory(d: FlyteDirectory) -> List[str]:
    path = d.download()
    return [open(os.path.join(path, name)).read() for name in sorted(os.listdir(path))]


@task
def make_frame(n: int) -> pd.DataFrame:
    return pd.DataFrame({"a": range(n), "b": [str(i) for i in range(n)]})


@task
def sum_frame(frame: pd.DataFrame) -> int:
    return int(frame["a"].sum())


@task
def columns(frame: Annotated[StructuredDataset, kwtypes(a=int)]) -> StructuredDataset:
    return StructuredDataset(dataframe=frame.open(pd.DataFrame).all()[["a"]])


@task
def pickled(x: int) -> Opaque:
    return Opaque(x)


@task
def unpickled(o: Opaque) -> int:
    return o.value + 1


@task
def anything(a: Any) -> str:
    return repr(a)


@task
def nothing() -> None:
    return None


@workflow
def files(text: str, n: int) -> Tuple[str, List[str]]:
    return read_file(f=write_file(text=text)), read_directory(d=write_directory(n=n))


@workflow
def frames(n: int) -> Tuple[int, int]:
    frame = make_frame(n=n)
    return sum_frame(frame=frame), sum_frame(frame=columns(frame=frame))


@workflow
def pickles(x: int) -> int:
    return unpickled(o=pickled(x=x))


@workflow
def paths(network: Network) -> Tuple[float, str]:
    """Attribute paths into a dataclass are resolved by the engine."""
    out = structured(network=network)
    return double(x=out.rate), shout(s=out.layers[0].name)


@task
def double(x: float) -> float:
    return x * 2


@task
def shout(s: str) -> str:
    return s.upper()
