"""Sets and reads matchable attributes with flytekit's own client; prints what it saw as JSON. Arguments: ENDPOINT"""
import json
import sys

from flyteidl.admin import matchable_resource_pb2 as m
from flytekit import task, workflow
from flytekit.clients.friendly import SynchronousFlyteClient
from flytekit.configuration import Config, ImageConfig, PlatformConfig, SerializationSettings
from flytekit.exceptions.user import FlyteEntityNotExistException
from flytekit.models.filters import Equal
from flytekit.models.matchable_resource import ClusterResourceAttributes, ExecutionClusterLabel, ExecutionQueueAttributes, MatchingAttributes
from flytekit.remote import FlyteRemote

scope = ("flytesnacks", "development")
platform = PlatformConfig(endpoint=sys.argv[1], insecure=True)
client = SynchronousFlyteClient(platform)
seen = {}


@task
def double(x: int) -> int:
    return 2 * x


@workflow
def twice(x: int = 1) -> int:
    return double(x=x)


for name, attributes, kind in [
    ("cluster", MatchingAttributes(cluster_resource_attributes=ClusterResourceAttributes({"cpu": "1"})), m.CLUSTER_RESOURCE),
    ("queue", MatchingAttributes(execution_queue_attributes=ExecutionQueueAttributes(["a", "b"])), m.EXECUTION_QUEUE),
    ("label", MatchingAttributes(execution_cluster_label=ExecutionClusterLabel("gpu")), m.EXECUTION_CLUSTER_LABEL),
]:
    try:
        client.get_project_domain_attributes(*scope, kind)
    except FlyteEntityNotExistException as error:
        seen[f"{name} missing"] = str(error.__cause__.details())
    client.update_project_domain_attributes(*scope, attributes)
    client.update_workflow_attributes(*scope, "wf", attributes)
    assert client.get_project_domain_attributes(*scope, kind).attributes.matching_attributes == attributes.to_flyte_idl()
    assert client.get_workflow_attributes(*scope, "wf", kind).attributes.matching_attributes == attributes.to_flyte_idl()
    seen[name] = [one.workflow for one in client.list_matchable_attributes(kind).configurations]

remote = FlyteRemote(Config(platform=platform), *scope)
settings = SerializationSettings(image_config=ImageConfig.auto(img_name="i:1"), project=scope[0], domain=scope[1], version="v1")
remote.register_workflow(twice, serialization_settings=settings)
flyte_workflow = remote.fetch_workflow(name=f"{twice.name}", version="v1")
execution = remote.execute(flyte_workflow, inputs={"x": 2}, tags=["nightly"], execution_name="one")
remote.execute(flyte_workflow, inputs={"x": 3}, execution_name="two")
found, _ = client.list_executions_paginated(*scope, limit=10, filters=None)
seen["executions"] = sorted(one.id.name for one in found)
tagged, _ = client.list_executions_paginated(*scope, limit=10, filters=[Equal("admin_tag.name", "nightly")])
seen["tagged"] = [one.id.name for one in tagged]
span = client.get_execution_metrics(execution.id, depth=2)
seen["span"] = [span.workflow_id.name, [one.operation_id for one in span.spans]]
print(json.dumps(seen))
