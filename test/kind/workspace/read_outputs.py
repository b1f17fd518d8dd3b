"""Prints what an execution has given, as the real client reads it; files and directories by their content."""

import json
import os
import sys

from flytekit.configuration import Config
from flytekit.remote import FlyteRemote
from flytekit.types.directory import FlyteDirectory
from flytekit.types.file import FlyteFile

remote = FlyteRemote(Config.auto(), default_project="flytesnacks", default_domain="development")
execution = remote.sync_execution(remote.fetch_execution(name=sys.argv[1]))


def plain(value):
    if isinstance(value, FlyteFile):
        with open(value) as file:
            return file.read()
    if isinstance(value, FlyteDirectory):
        top = value.download()
        paths = [os.path.join(place, name) for place, _, names in os.walk(top) for name in names]
        return {os.path.relpath(path, top): open(path).read() for path in sorted(paths)}
    return value if isinstance(value, (str, int, float, bool)) else str(value)


print(json.dumps({name: plain(execution.outputs.get(name)) for name in execution.outputs.literals}))
