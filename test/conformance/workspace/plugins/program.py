"""Tasks that a plugin of another package runs; webhook_task.py is the example's own, put beside this file."""

import os
from typing import Dict, List

from flytekit import task, workflow
from webhook_task import WebhookTask

# Where it is registered; the tasks that run have no need of it.
service = os.environ.get("WEBHOOK_SERVICE", "")

priced = WebhookTask("priced", f"{service}/price", {"items": Dict[str, int]}, {"total": int, "lines": List[str]})
refused = WebhookTask("refused", f"{service}/refuse", {"a": int}, {"b": int})
untrue = WebhookTask("untrue", f"{service}/untrue", {"a": int}, {"b": int})
shaky = WebhookTask("shaky", f"{service}/shaky", {"a": int}, {"b": int})
slow = WebhookTask("slow", f"{service}/slow", {"a": int}, {"b": int})


@task
def basket(count: int) -> Dict[str, int]:
    return {f"item{n}": n for n in range(count)}


@task
def receipt(total: int, lines: List[str]) -> str:
    return "; ".join([*lines, f"total {total}"])


@workflow
def buy(count: int = 3) -> str:
    total, lines = priced(items=basket(count=count))
    return receipt(total=total, lines=lines)


@workflow
def be_refused(a: int = 1) -> int:
    return refused(a=a)


@workflow
def be_lied_to(a: int = 1) -> int:
    return untrue(a=a)


@workflow
def be_shaken(a: int = 1) -> int:
    return shaky(a=a)


@workflow
def wait(a: int = 1) -> int:
    return slow(a=a)
