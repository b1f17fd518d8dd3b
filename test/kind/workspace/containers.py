"""What pods.py has not: many at once, a file that a task sends by a signed URL, secrets."""

import os
import urllib.request

from flytekit import Resources, Secret, current_context, map_task, task, workflow

least = Resources(cpu="20m", mem="100Mi")
most = Resources(cpu="2", mem="300Mi")


@task(requests=least, limits=most)
def doubles(x: int) -> int:
    return x * 2


@task(requests=least, limits=most)
def adds(xs: list[int]) -> int:
    return sum(xs)


@workflow
def mapping(n: list[int] = [1, 2, 3, 4]) -> int:
    return adds(xs=map_task(doubles)(x=n))


@task(requests=least, limits=most)
def sends(text: str) -> str:
    """By admin, as FlyteRemote does it: the URL has to be one that works where the task is."""
    from flytekit.clients.friendly import SynchronousFlyteClient
    from flytekit.configuration import PlatformConfig

    endpoint = os.environ["FLYTE_PLATFORM_URL"]
    client = SynchronousFlyteClient(PlatformConfig(endpoint=endpoint, insecure=True))
    place = client.get_upload_signed_url("flytesnacks", "development", filename="sent.txt", filename_root=current_context().execution_id.name)
    request = urllib.request.Request(place.signed_url, data=text.encode(), method="PUT")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(client.get_download_signed_url(place.native_url).signed_url) as answer:
        return f"{answer.read().decode()} by {place.signed_url.split('/')[2]}"


@workflow
def sending(text: str = "hello") -> str:
    return sends(text=text)


@task(
    requests=least,
    limits=most,
    secret_requests=[
        Secret(group="team", key="word"),
        Secret(group="team", key="document", mount_requirement=Secret.MountType.FILE),
    ],
)
def tells() -> str:
    secrets = current_context().secrets
    return f"{secrets.get('team', 'word')} {secrets.get('team', 'document')}"


@workflow
def telling() -> str:
    return tells()
