"""Connectors of several kinds: what they do stands in a task's `custom`. What they are asked stands in the file CONNECTOR_JOURNAL."""

import asyncio
import json
import os
import time
import uuid
from dataclasses import dataclass
from typing import Optional

from flyteidl.core.execution_pb2 import TaskExecution, TaskLog
from flytekit import FlyteContextManager
from flytekit.core.type_engine import TypeEngine
from flytekit.extend.backend.base_connector import AsyncConnectorBase, ConnectorRegistry, Resource, ResourceMeta, SyncConnectorBase

PHASES = {name: getattr(TaskExecution, name) for name in ("QUEUED", "INITIALIZING", "RUNNING", "FAILED", "ABORTED", "RETRYABLE_FAILED")}


def note(what: str, **more):
    path = os.environ.get("CONNECTOR_JOURNAL")
    if path:
        with open(path, "a") as journal:
            journal.write(json.dumps({"what": what, **more}) + "\n")


async def native(inputs, **types):
    return await TypeEngine._literal_map_to_kwargs(FlyteContextManager.current_context(), inputs, types)


@dataclass
class JobMeta(ResourceMeta):
    job: str
    begun: float
    seconds: float
    how: str
    x: int
    prefix: str


class JobConnector(AsyncConnectorBase):
    """A job takes so many seconds and then ends as `how` says."""

    name = "Jobs"

    def __init__(self):
        super().__init__(task_type_name="test_job", metadata_type=JobMeta)
        self._seen = set()

    async def create(self, task_template, output_prefix, inputs=None, task_execution_metadata=None, **_) -> JobMeta:
        custom = task_template.custom or {}
        given = await native(inputs, x=int)
        about = task_execution_metadata
        told = (
            {
                "node": about.task_execution_id.node_execution_id.node_id,
                "attempt": about.task_execution_id.retry_attempt,
                "namespace": about.namespace,
                "labels": dict(about.labels),
                "env": dict(about.environment_variables),
                "account": about.k8s_service_account,
            }
            if about
            else {}
        )
        how = custom.get("how", "outputs")
        secrets = [f"{secret.group}/{secret.key}" for secret in (task_template.security_context.secrets or [])] if task_template.security_context else []
        note("create", x=given["x"], prefix=output_prefix, secrets=secrets, **told)
        if how == "refuses":
            raise ValueError("there is no such warehouse")
        return JobMeta(uuid.uuid4().hex, time.time(), float(custom.get("seconds", 0.5)), how, given["x"], output_prefix)

    async def get(self, resource_meta: JobMeta, **_) -> Resource:
        meta = resource_meta
        if meta.how == "breaks":
            raise RuntimeError("the warehouse is on fire")
        if meta.how == "lies about its phase":
            return Resource(phase=42)
        is_seen = meta.job in self._seen
        self._seen.add(meta.job)
        # At work when it is asked about first, however late that is.
        if not is_seen or time.time() < meta.begun + meta.seconds:
            return Resource(
                phase=TaskExecution.RUNNING,
                message=f"job of {meta.x} is at work",
                log_links=[TaskLog(name="Job console", uri="http://jobs.example/1")],
                custom_info={"warehouse": "W1", "x": meta.x},
            )
        if meta.how in PHASES:
            return Resource(phase=PHASES[meta.how], message=f"{meta.how} for {meta.x}")
        if meta.how == "writes":
            # As a job does that knows Flyte's storage.
            outputs = await TypeEngine.dict_to_literal_map_pb(FlyteContextManager.current_context(), {"o0": meta.x * 100})
            path = f"/tmp/{meta.job}"
            with open(path, "wb") as file:
                file.write(outputs.SerializeToString())
            FlyteContextManager.current_context().file_access.put_data(path, f"{meta.prefix}/outputs.pb")
            os.unlink(path)
            return Resource(phase=TaskExecution.SUCCEEDED)
        if meta.how == "leaves nothing":
            return Resource(phase=TaskExecution.SUCCEEDED)
        if meta.how == "other outputs":
            return Resource(phase=TaskExecution.SUCCEEDED, outputs={"o7": 1})
        if meta.how == "too much":
            return Resource(phase=TaskExecution.SUCCEEDED, outputs={"o0": meta.x, "rest": "x" * (24 << 20)})
        return Resource(
            phase=TaskExecution.SUCCEEDED,
            message="done",
            outputs={"o0": meta.x * 10},
            log_links=[TaskLog(name="Job console", uri="http://jobs.example/1")],
            custom_info={"warehouse": "W1", "rows": 3},
        )

    async def delete(self, resource_meta: JobMeta, **_):
        note("delete", x=resource_meta.x)


class SumConnector(SyncConnectorBase):
    """Done while the caller waits."""

    name = "Sums"

    def __init__(self):
        super().__init__(task_type_name="test_sum")

    async def do(self, task_template, output_prefix, inputs=None, **_) -> Resource:
        custom = task_template.custom or {}
        given = await native(inputs, x=int)
        note("do", x=given["x"])
        if custom.get("how") == "breaks":
            raise ValueError("cannot add")
        if custom.get("how") == "hangs":
            await asyncio.sleep(3600)
        if custom.get("how") == "fails":
            return Resource(phase=TaskExecution.FAILED, message="would not add")
        return Resource(phase=TaskExecution.SUCCEEDED, outputs={"o0": given["x"] + 1}, custom_info={"carried": False})


ConnectorRegistry.register(JobConnector(), override=True)
ConnectorRegistry.register(SumConnector(), override=True)
