"""A workflow that launches what another program has registered."""

import typing

from flytekit import reference_launch_plan, workflow


@reference_launch_plan(project="flytesnacks", domain="development", name="graphs.launched.plan", version="v1")
def elsewhere(x: int, name: str) -> typing.Tuple[int, typing.Dict[str, typing.List[int]]]:
    """Of another program, for all that this one knows."""
    ...


@workflow
def refers(x: int) -> typing.Tuple[int, typing.Dict[str, typing.List[int]]]:
    return elsewhere(x=x, name="far")
