"""The floor: one interpreter with flytekit and the tasks imported forks flytekit's entry point, ten times, one after the
other; nothing is recorded, kept or served. It does so for each line that it reads, and answers with one."""

import os
import sys
import tempfile

from flytekit.bin import entrypoint
from flytekit.core.context_manager import FlyteContextManager
from flytekit.core.type_engine import TypeEngine
from flytekit.models.literals import LiteralMap
from flytekit.core import utils

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tasks  # noqa: E402, F401

directory = tempfile.TemporaryDirectory()
work = directory.name
inputs = os.path.join(work, "inputs.pb")
context = FlyteContextManager.current_context()
literals = LiteralMap({"x": TypeEngine.to_literal(context, 1, int, TypeEngine.to_literal_type(int))})
utils.write_proto_to_file(literals.to_flyte_idl(), inputs)
null = os.open(os.devnull, os.O_WRONLY)
for line in sys.stdin:
    for index in range(10):
        prefix = os.path.join(work, str(index))
        pid = os.fork()
        if pid == 0:
            os.dup2(null, 1)
            sys.argv = ["pyflyte-execute", "--inputs", inputs, "--output-prefix", prefix, "--raw-output-data-prefix", work]
            sys.argv += ["--checkpoint-path", work + "/c", "--prev-checkpoint", '""']
            sys.argv += ["--resolver", "flytekit.core.python_auto_container.default_task_resolver", "--"]
            sys.argv += ["task-module", "tasks", "task-name", "noop"]
            try:
                entrypoint.execute_task_cmd()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        os.unlink(os.path.join(prefix, "outputs.pb"))
    print("done", flush=True)
