"""House prices: a table is made, a model is fitted to it, and its error is measured.

`make_table` and `fit` are cached: the second launch does not run them again. `publish` fails at its first attempt and is
retried, as a flaky network would have it.
"""

import os
from dataclasses import dataclass
from typing import List

import numpy as np
import pandas as pd
from flytekit import task, workflow
from flytekit.exceptions.user import FlyteRecoverableException

FEATURES = ["area", "rooms", "age"]


@dataclass
class Model:
    """A linear model: price = intercept + weights · features."""

    intercept: float
    weights: List[float]


@dataclass
class Metrics:
    rows: int
    mean_absolute_error: float


@task(cache=True, cache_version="1")
def make_table(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"area": random.uniform(30, 250, rows), "rooms": random.integers(1, 8, rows), "age": random.uniform(0, 90, rows)})
    table["price"] = 50_000 + 2_100 * table["area"] + 9_000 * table["rooms"] - 400 * table["age"] + random.normal(0, 5_000, rows)
    return table


@task(cache=True, cache_version="1")
def fit(table: pd.DataFrame) -> Model:
    design = np.column_stack([np.ones(len(table)), table[FEATURES]])
    solution, *_ = np.linalg.lstsq(design, table["price"], rcond=None)
    return Model(intercept=float(solution[0]), weights=[float(weight) for weight in solution[1:]])


@task
def evaluate(model: Model, table: pd.DataFrame) -> Metrics:
    predicted = model.intercept + table[FEATURES].to_numpy() @ np.array(model.weights)
    return Metrics(rows=len(table), mean_absolute_error=float(np.abs(predicted - table["price"]).mean()))


@task(retries=2)
def publish(metrics: Metrics) -> str:
    if os.environ.get("FLYTE_ATTEMPT_NUMBER") == "0":
        raise FlyteRecoverableException("the registry did not answer (the first attempt always fails, to show a retry)")
    return f"{metrics.rows} rows, mean absolute error {metrics.mean_absolute_error:,.0f}"


@workflow
def house_prices(rows: int = 2000, seed: int = 7) -> str:
    table = make_table(rows=rows, seed=seed)
    model = fit(table=table)
    return publish(metrics=evaluate(model=model, table=table))
