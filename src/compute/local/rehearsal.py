"""Runs a task that does nothing, some times, in the interpreter that attempts are forked from.

The first run of flytekit's entry point in a process costs several times what a later one does: Python specialises code
that runs often, and fills caches of types, methods, files and translations. Done before the fork, that is done once. What
a run leaves besides is undone here, and looked for: Trace tells whether an attempt could notice.
"""

import asyncio
import atexit
import contextlib
import faulthandler
import gc
import logging
import os
import random
import select
import shutil
import signal
import struct
import sys
import tempfile
import threading
import warnings
import weakref

# Python 3.11 specialises code after its eighth run.
ROUNDS = 12
PATIENCE = 5
# An attempt writes to a tenth of this.
RANGES_LIMIT = 1 << 18


class Failed(Exception):
    """Why it cannot be said that nothing is left of the rehearsal."""


def nothing(number: int, text: str) -> int:
    return number


class Trace:
    """What a rehearsal must leave as it was."""

    def __init__(self, descriptors):
        self.seen = {
            "threads": (threading.active_count(), len(os.listdir("/proc/self/task"))),
            "open files": descriptors(),
            "modules": set(sys.modules),
            "variables": dict(os.environ),
            "places of modules": list(sys.path),
            "working directory": os.getcwd(),
            "signals": {number: named(signal.getsignal(number)) for number in signal.valid_signals()},
            "functions to call at the end": atexit._ncallbacks(),
            "directory of temporary files": tempfile.tempdir,
            "random numbers": random.getstate(),
            "garbage collection": (gc.isenabled(), gc.get_threshold()),
            "logging": [(name, one.level, list(one.handlers)) for name, one in sorted(loggers())],
            "warnings": list(warnings.filters),
        }

    def compare(self, later):
        changed = [name for name, value in self.seen.items() if later.seen[name] != value]
        if changed:
            raise Failed("a run of flytekit's entry point changes " + ", ".join(changed))


def named(handler):
    """flytekit's own is a function made anew each time."""
    return getattr(handler, "__qualname__", handler)


def loggers():
    yield "", logging.getLogger()
    for name, one in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(one, logging.Logger):
            yield name, one


def rehearse(program, scratch, protocols, prepare, descriptors, shim):
    """Raises whatever goes wrong: the interpreter is not to be forked from then. `prepare()` is called before each run."""
    from flytekit.core.context_manager import FlyteEntities

    entities, paths, argv, numbers = list(FlyteEntities.entities), list(sys.path), sys.argv, random.getstate()
    # Its first use has a function called at the end, which every attempt comes to before its own code.
    weakref.finalize(Failed(), int).detach()
    before = Trace(descriptors)
    own = tempfile.mkdtemp(dir=scratch)
    try:
        for _ in range(ROUNDS):
            attend(shim, own)
        with undone(own):
            prepare()
            declare()
            inputs = write_inputs(own)
            for at in range(ROUNDS):
                prepare()
                run(program, own, inputs, (protocols or ["file"])[at % max(1, len(protocols))])
    finally:
        shutil.rmtree(own, ignore_errors=True)
    FlyteEntities.entities[:] = entities
    sys.path[:] = paths
    sys.argv = argv
    random.setstate(numbers)
    gc.collect()
    before.compare(Trace(descriptors))


def attend(shim, own):
    """Is the parent of an attempt for a moment."""
    directory = tempfile.mkdtemp(dir=own)
    scratch = os.path.join(directory, "scratch")
    os.mkdir(scratch)
    with open(os.path.join(directory, "spec.json"), "w") as specification:
        specification.write("{}")
    before = {number: signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}

    def become(request, output, failure, gate):
        os.write(output, b"nothing\n")
        os.close(failure)
        shim.pass_gate(gate)
        os._exit(0)

    try:
        shim.attend(directory, {"marker": "0" * 20, "logLimit": 1 << 20, "logTail": 1 << 20, "graceSeconds": 1, "scratch": scratch}, become)
    finally:
        shim.adopt_orphans(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if not os.path.exists(os.path.join(directory, "exit.json")):
        raise Failed("an attempt's parent has not come to its end")


@contextlib.contextmanager
def undone(own):
    """Ends what a run of flytekit's entry point keeps for the process's next: loops with their threads, a socket."""
    import fsspec.asyn
    from flytekit.interfaces.stats import client
    from flytekit.utils import asyn

    runners, stats, temporary = dict(asyn.loop_manager._runner_map), client._stats_client, tempfile.tempdir
    os.environ["TMPDIR"] = own
    tempfile.tempdir = own
    # Python forgets such a function when told to, but not that there was one.
    registered = []
    register, atexit.register = atexit.register, registered.append
    try:
        yield
    finally:
        atexit.register = register
        del os.environ["TMPDIR"]
        tempfile.tempdir = temporary
        faulthandler.unregister(signal.SIGUSR1)
        for name, runner in list(asyn.loop_manager._runner_map.items()):
            if name in runners:
                continue
            del asyn.loop_manager._runner_map[name]
            registered.remove(runner._close)
            end_loop(runner._TaskRunner__loop, runner._TaskRunner__runner_thread)
        if fsspec.asyn.loop[0] is not None:
            loop = fsspec.asyn.loop[0]
            end_loop(loop, fsspec.asyn.iothread[0])
            loop.close()
            fsspec.asyn.reset_lock()
        if client._stats_client is not stats:
            client._stats_client.close()
            client._stats_client = stats
    if registered:
        raise Failed("a run of flytekit's entry point has functions called at the end: %s" % registered)


def end_loop(loop, thread):
    async def finish():
        await loop.shutdown_asyncgens()
        await loop.shutdown_default_executor()

    asyncio.run_coroutine_threadsafe(finish(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)


def declare():
    from flytekit.core.python_function_task import PythonFunctionTask

    globals()["task"] = PythonFunctionTask(None, nothing)


def write_inputs(own):
    from flytekit.core import utils
    from flytekit.core.context_manager import FlyteContextManager
    from flytekit.core.type_engine import TypeEngine
    from flytekit.models.literals import LiteralMap

    context = FlyteContextManager.current_context()
    values = {"number": (1, int), "text": ("a", str)}
    literals = {
        name: TypeEngine.to_literal(context, value, kind, TypeEngine.to_literal_type(kind)) for name, (value, kind) in values.items()
    }
    path = os.path.join(own, "inputs.pb")
    utils.write_proto_to_file(LiteralMap(literals).to_flyte_idl(), path)
    return path


def run(program, own, inputs, protocol):
    from flytekit.bin import entrypoint

    prefix = os.path.join(own, "out")
    raw = os.path.join(own, "raw") if protocol == "file" else protocol + "://rehearsal/raw"
    sys.argv = [program, "--inputs", inputs, "--output-prefix", prefix, "--raw-output-data-prefix", raw]
    sys.argv += ["--checkpoint-path", raw + "/_flytecheckpoints", "--prev-checkpoint", '""']
    sys.argv += ["--resolver", "flytekit.core.python_auto_container.default_task_resolver", "--"]
    sys.argv += ["task-module", __name__, "task-name", "task"]
    try:
        entrypoint.execute_task_cmd()
    except SystemExit as end:
        if end.code:
            raise Failed("flytekit's entry point ended with %s" % end.code) from None
    outputs = os.path.join(prefix, "outputs.pb")
    if not os.path.exists(outputs):
        raise Failed("a run of flytekit's entry point has no outputs")
    os.unlink(outputs)


def written_memory(program, scratch, protocols, prepare):
    """Ranges of this process's memory that an attempt writes to, each as a struct iovec; none where the kernel does not tell.

    A fork of it runs the task, and sees then which pages it has for itself.
    """
    own = tempfile.mkdtemp(dir=scratch)
    inputs = write_inputs(own)
    shared = list(writable_memory())
    read, write = os.pipe()
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        try:
            os.environ["TMPDIR"] = own
            prepare()
            run(program, own, inputs, (protocols or ["file"])[0])
            ranges = own_memory(shared)
            while ranges:
                ranges = ranges[os.write(write, ranges) :]
        finally:
            # It stays in the interpreter's group, so that what ends that ends it, too.
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(write)
    found = []
    while select.select([read], [], [], PATIENCE)[0]:
        found.append(os.read(read, RANGES_LIMIT))
        if not found[-1]:
            break
    os.close(read)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    shutil.rmtree(own, ignore_errors=True)
    ranges = b"".join(found)
    return ranges if len(ranges) < RANGES_LIMIT and len(ranges) % IOVEC.size == 0 else b""


IOVEC = struct.Struct("NN")


def writable_memory():
    with open("/proc/self/maps") as maps:
        for line in maps.read().splitlines():
            span, mode = line.split()[:2]
            if mode == "rw-p":
                start, end = span.split("-")
                yield int(start, 16), int(end, 16)


def own_memory(shared):
    """Of these places the pages that are mapped by no other process."""
    page = os.sysconf("SC_PAGE_SIZE")
    ranges = []
    with open("/proc/self/pagemap", "rb", buffering=0) as pages:
        for start, end in shared:
            entries = os.pread(pages.fileno(), (end - start) // page * 8, start // page * 8)
            for at, (entry,) in enumerate(struct.iter_unpack("Q", entries)):
                present, of_file, own = entry >> 63 & 1, entry >> 61 & 1, entry >> 56 & 1
                if not (present and own) or of_file:
                    continue
                address = start + at * page
                if ranges and ranges[-1][0] + ranges[-1][1] == address:
                    ranges[-1][1] += page
                else:
                    ranges.append([address, page])
    return b"".join(IOVEC.pack(*one) for one in ranges)
