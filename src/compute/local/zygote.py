"""A warm interpreter: has flytekit imported and forks an attempt at a request. Linux only.

Run as `python zygote.py BIN SLOTS SCRATCH PROTOCOL…` with a socket to the daemon on descriptor 3 and one more for each slot behind it. There
are two tiers of the same program. The base has flytekit alone; at a request it forks one of the second tier, which imports
the modules of one version of a task's code and serves a slot. What is forked for an attempt is its shim (shim.py), in a
session of its own, which forks the task: attempts need neither the interpreter they came from nor the daemon.

A message from the daemon is two lengths (four bytes each), a head in JSON that this process reads, and a body that only
the forked child reads, so that no secret stays in memory that later attempts are copies of. Answers are lines of JSON.
When the daemon's end of a socket closes, the interpreter behind it ends at once; its attempts go on.

The hazards, and what is done about each: docs/warm-python.md.
"""

import asyncio
import atexit
import contextlib
import ctypes
import gc
import importlib
import importlib.util
import json
import os
import pathlib
import random
import re
import select
import selectors
import shutil
import signal
import struct
import sys
import tempfile
import threading
import time
import types

CONTROL = 3
MARKER = "FLYTE_LOCAL_ATTEMPT"
OUTPUT_LIMIT = 1 << 16
# What flytekit reads again for every attempt, here because prepare_flytekit() makes it.
REREAD = re.compile(
    "FLYTE_(AWS|AZURE|GCP|PLATFORM|CREDENTIALS|SECRETS|PERSISTENCE)_.*|FLYTE_SDK_LOCAL_SANDBOX|_?FLYTECTL_CONFIG.*"
    "|FLYTE_INTERNAL_EXECUTION_ID|TMPDIR|TEMP|TMP|[*]"
)


class Become(BaseException):
    """Unwinds to the top of a forked child, so that the task does not run below our frames."""


class Unfit(Exception):
    """Why an interpreter cannot be kept warm."""


def load_beside(name):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("_flyte_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def native_threads():
    return len(os.listdir("/proc/self/task"))


def descriptors():
    names = os.listdir("/proc/self/fd")
    # The descriptor that listed them is closed by now.
    return {int(name) for name in names if os.path.exists("/proc/self/fd/" + name)}


def modified(path):
    try:
        status = os.stat(path)
        return status.st_mtime_ns, status.st_size, status.st_ino
    except OSError:
        return None


def leave(scratch=None):
    """Ends this interpreter, and what its imports may have started."""
    # Again, while an interpreter of a version that is leaving as well still makes something there.
    for _ in range(100):
        if not scratch or not os.path.exists(scratch):
            break
        shutil.rmtree(scratch, ignore_errors=True)
        time.sleep(0.01)
    os.killpg(0, signal.SIGKILL)


class Environment(type(os.environ)):
    """os.environ while modules are imported: notes what is read and what is changed. Set as the object's class."""

    notes = None

    def __getitem__(self, key):
        Environment.notes.read.add(os.fsdecode(key) if isinstance(key, bytes) else key)
        return super().__getitem__(key)

    def __iter__(self):
        Environment.notes.read.add("*")
        return super().__iter__()

    def __len__(self):
        Environment.notes.read.add("*")
        return super().__len__()

    def copy(self):
        Environment.notes.read.add("*")
        return super().copy()

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        Environment.notes.changed[key] = value

    def __delitem__(self, key):
        super().__delitem__(key)
        Environment.notes.changed[key] = None


class Notes:
    """What happens while the block runs."""

    def __init__(self):
        self.read = set()
        self.changed = {}

    def __enter__(self):
        Environment.notes = self
        self.plain = os.environ.__class__
        os.environ.__class__ = Environment
        return self

    def __exit__(self, *_):
        os.environ.__class__ = self.plain


class Touched:
    """Notes in `read` when an attribute of an instance of one of the classes is looked up while the block runs."""

    def __init__(self, read, *classes):
        self.read = read
        self.classes = classes

    def __enter__(self):
        for one in self.classes:
            read = self.read

            def lookup(instance, name, title="flytekit's " + one.__name__):
                read.add(title)
                return object.__getattribute__(instance, name)

            one.__getattribute__ = lookup

    def __exit__(self, *_):
        for one in self.classes:
            del one.__getattribute__


class Channel:
    """The daemon's socket: frames come, lines go."""

    def __init__(self, descriptor, scratch=None):
        self.descriptor = descriptor
        # Removed when the daemon, which would do it, is gone.
        self.scratch = scratch

    def read(self, size):
        parts = []
        while size:
            part = os.read(self.descriptor, min(size, 1 << 16))
            if not part:
                leave(self.scratch)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def head(self):
        """The head of a message, and the size of its body, which is yet to be read."""
        sizes = struct.unpack("!II", self.read(8))
        return json.loads(self.read(sizes[0])), sizes[1]

    def say(self, **answer):
        line = json.dumps(answer).encode() + b"\n"
        try:
            while line:
                line = line[os.write(self.descriptor, line) :]
        except OSError:
            leave(self.scratch)  # the daemon is gone


class Zygote:
    """What both tiers are: a channel, the children, and what was seen when the modules were imported."""

    def __init__(self, slots, scratch):
        self.channel = Channel(CONTROL, scratch)
        self.scratch = scratch
        self.slots = slots
        self.children = {}
        self.wake = ()
        self.changed = {}
        self.output = b""
        # Paths, and what they were when what is in them was imported.
        self.stamps = {}
        self.tier = False
        self.loops = []
        # What the tasks will write to, as arrays of struct iovec.
        self.written = []

    # -- import

    def import_flytekit(self, bin_directory, protocols):
        own = tempfile.mkdtemp(dir=self.scratch)
        # Tells flytekit that it is to log as in a task.
        os.environ.update({"FLYTE_INTERNAL_EXECUTION_ID": "warm", "TMPDIR": own})
        tempfile.tempdir = None
        sys.path[0] = bin_directory
        before = descriptors()
        try:
            with Notes() as notes:
                importlib.import_module("flytekit.bin.entrypoint")
                import_filesystems(protocols)
            check_flytekit()
        finally:
            del os.environ["FLYTE_INTERNAL_EXECUTION_ID"], os.environ["TMPDIR"]
            tempfile.tempdir = None
            shutil.rmtree(own, ignore_errors=True)
        self.settle_threads()
        # Not isinstance: a proxy would import what it stands for.
        self.loops = [one for one in gc.get_objects() if asyncio.AbstractEventLoop in type(one).__mro__]
        if descriptors() - before - {number for loop in self.loops for number in loop_descriptors(loop)}:
            raise Unfit("flytekit's import opens files")
        # Installing, upgrading or removing a package changes the directory that packages are in.
        self.stamps = {path: modified(path) for path in sys.path}
        tempfile.tempdir = None
        return sorted(name for name in notes.read if not REREAD.fullmatch(name))

    def import_modules(self, request):
        """Imports a module as an attempt would, or raises Unfit when the attempt's own import would differ."""
        from flytekit.core.context_manager import ExecutionParameters
        from flytekit.core.data_persistence import FileAccessProvider

        own = {*request["private"]}
        pattern = re.compile(request["attemptOnly"])
        os.chdir(request["cwd"])
        apply_paths(request["paths"])
        if all(os.path.realpath(path) != os.getcwd() for path in sys.path):
            sys.path.append(os.getcwd())  # as flytekit's entry point does
        os.environ.clear()
        os.environ.update(request["env"])
        output = os.memfd_create("output")
        os.dup2(output, 1)
        os.dup2(output, 2)
        start = time.time_ns()
        try:
            with execution(request["distribution"], self.scratch):
                before = self.state()
                loaded = {*sys.modules}
                with Notes() as notes, Touched(notes.read, ExecutionParameters, FileAccessProvider):
                    importlib.import_module(request["module"])
        except BaseException as error:
            raise Unfit("its import failed: %s: %s" % (type(error).__name__, error)) from None
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.close(null)
        self.output = os.pread(output, OUTPUT_LIMIT + 1, 0)
        if len(self.output) > OUTPUT_LIMIT:
            raise Unfit("its import prints more than %d bytes" % OUTPUT_LIMIT)
        reads = sorted(name for name in notes.read if name in own or name.startswith("flytekit's ") or pattern.fullmatch(name))
        if reads:
            raise Unfit("its import reads what differs between attempts: " + ", ".join(reads))
        if "*" in notes.read:
            raise Unfit("its import reads the whole environment")
        self.settle_threads()
        after = self.state()
        for name, value in before.items():
            if after[name] != value:
                raise Unfit("its import changes " + name)
        os.close(output)
        if touched_numpy():
            raise Unfit("its import uses numpy's random numbers")
        self.changed = notes.changed
        # Of the code itself every file counts: it may lie in a directory that people edit.
        packages = tuple({os.path.realpath(path) + os.sep for path in (sys.prefix, sys.base_prefix)})
        for name in {*sys.modules} - loaded:
            path = getattr(sys.modules[name], "__file__", None)
            if path and not os.path.realpath(path).startswith(packages):
                self.stamps[path] = modified(path)
                if self.stamps[path] and self.stamps[path][0] > start:
                    raise Unfit("its files are changing")

    def state(self):
        """What an import must leave as it was, since forked attempts would share it."""
        from flytekit.interfaces import random as flytekit_random

        return {
            "its working directory": os.getcwd(),
            "the directory of temporary files": tempfile.tempdir,
            "the random numbers of Python": random.getstate(),
            "the random numbers of flytekit": (id(flytekit_random.random), flytekit_random.random.getstate()),
            "the open files": descriptors(),
            "the handling of ended processes": (signal.getsignal(signal.SIGCHLD), wakeup_descriptor()),
            "its children": has_children(),
            "the mode of new files": umask(),
        }

    def settle_threads(self):
        """Raises Unfit when threads run that a fork would lose."""
        if threading.active_count() > 1:
            raise Unfit("its import starts threads")
        if native_threads() > 1:
            # Libraries that know of forks (OpenBLAS) end their threads before one, and start them when needed.
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
            if native_threads() > 1:
                raise Unfit("its import starts threads of a library")

    def stale(self):
        return any(modified(path) != stamp for path, stamp in self.stamps.items())

    # -- serve

    def serve(self):
        read, write = os.pipe()
        os.set_blocking(read, False)
        os.set_blocking(write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self.wake = (read, write)
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect()
        # What is frozen is not touched by collections, so its pages stay shared with the children.
        gc.freeze()
        poller = select.poll()
        poller.register(self.channel.descriptor, select.POLLIN)
        poller.register(read, select.POLLIN)
        while True:
            for descriptor, _ in poller.poll():
                if descriptor == read:
                    try:
                        os.read(read, 4096)
                    except BlockingIOError:
                        pass
                    self.reap()
                else:
                    self.answer(*self.channel.head())

    def reap(self):
        while self.children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            what = self.children.pop(pid, None)
            if what:
                how = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "exit code %d" % os.WEXITSTATUS(status)
                self.channel.say(**what, how=how)

    def answer(self, head, size):
        if head["op"] == "leave":
            leave()
        reason = self.objection(head)
        if reason:
            self.channel.read(size)
            self.channel.say(**reason, **({"id": head["id"]} if head["op"] == "launch" else {"slot": head["slot"]}))
            return
        if head["op"] == "launch":
            answer, gone, child = {"id": head["id"]}, {"gone": head["id"]}, self.become_shim
        else:
            answer, gone, child = {"opened": head["slot"]}, {"ended": head["slot"]}, self.become_tier
            drain(self.slots[head["slot"]])
        taken_read, taken_write = os.pipe()
        pid = bare_fork() if head["op"] == "launch" else os.fork()
        if pid == 0:
            try:
                if head["op"] == "launch":
                    os.setsid()  # what ends the interpreter's group leaves the attempt alone
                else:
                    os.setpgid(0, 0)
                os.close(taken_read)
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in self.wake:
                    os.close(descriptor)
                self.children = {}
                request = json.loads(self.channel.read(size))
                os.write(taken_write, b"x")
                os.close(taken_write)
                child(head, request)
            except Become:
                raise
            except BaseException:
                pass
            os._exit(70)
        os.close(taken_write)
        taken = os.read(taken_read, 1)
        os.close(taken_read)
        if not taken:
            os._exit(70)  # nobody knows how much of the body is left
        self.children[pid] = gone
        self.channel.say(**answer, pid=pid)

    def objection(self, head):
        if self.stale():
            return {"refused": "what was imported has changed since", "stale": True}
        if self.tier:
            return None
        shadowed = shadows(head["paths"])
        return {"refused": "the code has a module of a name that flytekit's import takes: " + shadowed} if shadowed else None

    def become_tier(self, head, request):
        descriptor = self.slots[head["slot"]]
        for other in (CONTROL, *self.slots):
            if other != descriptor:
                os.close(other)
        self.slots = []
        self.channel = Channel(descriptor)
        self.tier = True
        try:
            self.import_modules(request)
        except Unfit as error:
            self.channel.say(unfit=str(error))
            leave()
        self.channel.say(ready=True)
        self.serve()

    def become_shim(self, head, request):
        os.close(self.channel.descriptor)
        for descriptor in self.slots:
            os.close(descriptor)
        directory = head["directory"]
        gc.disable()
        # The end of this process is to be explained in the attempt's log, as that of a cold one is.
        log = os.open(os.path.join(directory, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 2)
        os.close(log)
        try:
            os.chdir(directory)
            SHIM.attend(directory, request, self.become_task)
        except FileNotFoundError:
            os._exit(SHIM.CLAIMED_BY_ANOTHER)
        except Exception as error:
            os.write(2, ("%s\n" % error).encode())
            os._exit(1)
        os._exit(0)

    def become_task(self, request, output, failure, gate):
        own_memory(self.written)
        gc.enable()
        for target in (1, 2):
            os.dup2(output, target)
        os.close(output)
        try:
            os.chdir(request["cwd"])
        except OSError as error:
            os.write(failure, ("%s: %s" % (request["program"], error.strerror)).encode())
            os._exit(127)
        if not self.tier:
            apply_paths(request["env"].get("PYTHONPATH", "").split(os.pathsep) if request["env"].get("PYTHONPATH") else [])
        marker = request["marker"].encode()
        if len(marker) == MARKER_SIZE:
            ctypes.memmove(MARKER_ADDRESS, marker, MARKER_SIZE)
        set_environment({**request["env"], **self.changed})
        raise Become(request["program"], [request["program"], *request["argv"][1:]], self.output, failure, gate, self.loops)


def bare_fork():
    """A fork for our code alone: what libraries have done after forks, which touches hundreds of pages, is left to the task's.

    Nothing of Python's own needs repair after it, since no other thread is there, and the interpreter is ours to the end.
    """
    pid = FORK()
    if pid < 0:
        raise OSError("no process could be forked")
    return pid


def own_memory(parts):
    """Copies what will be written to at once, which costs less than a page at a time when it is.

    Older kernels and some containers decline: then it is copied as it is written to.
    """
    if not parts:
        return
    try:
        this = os.pidfd_open(os.getpid())
    except OSError:
        return
    for part in parts:
        SYSCALL(PROCESS_MADVISE, this, part, len(part) // IOVEC_SIZE, MADV_POPULATE_WRITE, 0)
    os.close(this)


def wakeup_descriptor():
    descriptor = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(descriptor)
    return descriptor


def drain(descriptor):
    """Drops what an earlier one behind this socket has not read."""
    os.set_blocking(descriptor, False)
    try:
        while os.read(descriptor, 1 << 16):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(descriptor, True)


def umask():
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return True
    except ChildProcessError:
        return False


def import_filesystems(protocols):
    """flytekit opens the place of its raw outputs before a task's code: what that imports is imported here."""
    from fsspec.registry import get_filesystem_class

    for protocol in protocols:
        try:
            get_filesystem_class(protocol)
        except (ImportError, ValueError):
            pass  # the attempt is to fail of it, not we


def loop_descriptors(loop):
    """Of an event loop that was made at import: flytekit keeps one for its connectors."""
    try:
        return loop._selector.fileno(), loop._ssock.fileno(), loop._csock.fileno()
    except AttributeError:
        raise Unfit("an event loop of an unknown kind is open") from None


def renew_loop(loop):
    """Forks would share the kernel's side of it, and get each other's events."""
    for part in (loop._selector, loop._ssock, loop._csock):
        part.close()
    loop._selector = selectors.DefaultSelector()
    loop._internal_fds = 0
    loop._make_self_pipe()


def set_environment(wanted):
    """Makes the variables these and no others; of most attempts of a version, few differ. None stands for no variable."""
    for name in [*os.environ]:
        if wanted.get(name) is None:
            del os.environ[name]
    for name, value in wanted.items():
        if value is not None and os.environ.get(name) != value:
            os.environ[name] = value


def apply_paths(paths):
    """Puts the entries of PYTHONPATH where a new interpreter has them: behind the program's directory."""
    known = []
    for path in paths:
        absolute = os.path.abspath(path)
        if absolute not in known and absolute not in sys.path[:1]:
            known.append(absolute)
    sys.path[1:] = known + [path for path in sys.path[1:] if path not in known]
    importlib.invalidate_caches()


def shadows(paths):
    """A name below `paths` that a new interpreter would take from there, and this one has from elsewhere."""
    taken = {name.partition(".")[0] for name in sys.modules} - {"__main__", "__mp_main__"} | {"sitecustomize", "usercustomize"}
    for path in paths:
        if os.path.abspath(path) in sys.path:
            continue
        try:
            names = os.listdir(path or ".")
        except OSError:
            continue
        for name in names:
            stem, _, suffix = name.partition(".")
            if stem in taken and (suffix == "" or suffix.endswith(("py", "pyc", "so"))):
                return os.path.join(path, name)
    return None


def touched_numpy():
    """Whether numpy's own generator was seeded or used: only a new one stands where it begins."""
    numpy_random = sys.modules.get("numpy.random")
    if not numpy_random:
        return False
    kind, _, position, gauss, _ = numpy_random.get_state()
    fresh = numpy_random.MT19937().state["state"]["pos"]
    return kind != "MT19937" or position != fresh or gauss != 0


def check_flytekit():
    """Raises Unfit when flytekit lacks one of the things that prepare_flytekit() changes."""
    from flytekit import configuration
    from flytekit.bin import entrypoint
    from flytekit.core import context_manager, data_persistence
    from flytekit.interfaces import random as flytekit_random

    try:
        found = [
            configuration.Config.__init__.__defaults__.index(configuration.Config.local_sandbox_path),
            context_manager.default_local_file_access_provider is data_persistence.default_local_file_access_provider,
            data_persistence.flyte_tmp_dir.startswith(os.environ["TMPDIR"]),
            callable(context_manager.FlyteContextManager.initialize),
            callable(flytekit_random.random.seed),
            callable(entrypoint.load_object_from_module),
        ]
    except (AttributeError, ValueError) as error:
        raise Unfit("this flytekit is built otherwise: %s" % error) from None
    if not all(one is not False for one in found):
        raise Unfit("this flytekit is built otherwise")


@contextlib.contextmanager
def execution(distribution, scratch):
    """The context that flytekit imports a task's modules in; declarations look at it."""
    from flytekit.bin import entrypoint

    own = tempfile.mkdtemp(dir=scratch)
    tempfile.tempdir = own
    try:
        name_directories()
        raw = os.path.join(own, "raw")
        with entrypoint.setup_execution(
            raw, raw, dynamic_addl_distro=distribution["uri"], dynamic_dest_dir=distribution["directory"]
        ):
            # Whoever asks for it now is noted as a reader of TMPDIR.
            tempfile.tempdir = None
            yield
    finally:
        shutil.rmtree(own, ignore_errors=True)


def name_directories():
    """Names again what flytekit's import makes of the environment and of temporary directories.

    They are made when flytekit's entry point needs them: on many file systems, making and removing a directory costs more
    than all else here, and most of these are never used.
    """
    from flytekit import configuration
    from flytekit.core import context_manager, data_persistence

    config = configuration.Config
    old, new = config.local_sandbox_path, os.path.join(tempfile.gettempdir(), "flyte-" + os.urandom(6).hex())
    config.__init__.__defaults__ = tuple(new if value is old else value for value in config.__init__.__defaults__)
    config.local_sandbox_path = new
    data_persistence.flyte_tmp_dir = new
    mkdir = pathlib.Path.mkdir
    pathlib.Path.mkdir = lambda *_, **__: None
    try:
        provider = data_persistence.FileAccessProvider(
            local_sandbox_dir=new,
            raw_output_prefix=os.path.join(new, "raw"),
            data_config=configuration.DataConfig.auto(),
        )
        data_persistence.default_local_file_access_provider = provider
        context_manager.default_local_file_access_provider = provider
        interrupt = signal.getsignal(signal.SIGINT)
        context_manager.FlyteContextManager.initialize()
    finally:
        pathlib.Path.mkdir = mkdir
    if not getattr(interrupt, "__qualname__", "").startswith("FlyteContextManager.initialize."):
        signal.signal(signal.SIGINT, interrupt)


def prepare_flytekit(output):
    """Makes again what flytekit's import makes, now in the attempt's environment."""
    from flytekit.bin import entrypoint
    from flytekit.interfaces import random as flytekit_random

    tempfile.tempdir = None
    flytekit_random.random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    name_directories()
    if output:
        # What the modules printed when they were imported appears where importing them would have printed it.
        load = entrypoint.load_object_from_module

        def load_object_from_module(*arguments):
            entrypoint.load_object_from_module = load
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, output)
            return load(*arguments)

        entrypoint.load_object_from_module = load_object_from_module


def run(program, argv):
    """Runs the script as `python PROGRAM` would, and ends the process as the interpreter would end."""
    code = 0
    try:
        sys.argv = argv
        sys.orig_argv = [sys.executable, *argv]
        sys.path[0] = os.path.dirname(os.path.realpath(program))
        main = types.ModuleType("__main__")
        main.__dict__.update(__file__=program, __builtins__=__builtins__, __cached__=None)
        sys.modules["__main__"] = main
        with open(program, "rb") as file:
            script = compile(file.read(), program, "exec")
        exec(script, main.__dict__)
    except SystemExit as error:
        if isinstance(error.code, int):
            code = error.code & 0xFF
        elif error.code is not None:
            print(error.code, file=sys.stderr)
            code = 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__ and error.__traceback__.tb_next)
        code = 1
        if isinstance(error, KeyboardInterrupt):
            code = -signal.SIGINT
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            code = code or 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def rehearse(zygote, bin_directory, scratch, protocols):
    """Has flytekit's entry point run before the first attempt; begins anew without when something of that would be left."""
    try:
        program = os.path.join(bin_directory, "pyflyte-execute")
        module = load_beside("rehearsal")
        sys.modules[module.__name__] = module
        module.rehearse(program, scratch, protocols, name_directories, descriptors, SHIM)
        zygote.settle_threads()
        if hasattr(os, "pidfd_open"):
            written = module.written_memory(program, scratch, protocols, lambda: prepare_flytekit(b""))
            size = IOVEC_SIZE * IOVECS_LIMIT
            zygote.written = [written[at : at + size] for at in range(0, len(written), size)]
        del sys.modules[module.__name__]
    except BaseException as error:
        os.environ[MARKER] = "0" * MARKER_SIZE
        os.execv(sys.executable, [sys.executable, __file__, "--plain=%s: %s" % (type(error).__name__, error), *sys.argv[1:]])


def main():
    plain = sys.argv.pop(1)[len("--plain=") :] if sys.argv[1].startswith("--plain=") else None
    bin_directory, slots, scratch, *protocols = sys.argv[1:]
    zygote = Zygote([CONTROL + 1 + at for at in range(int(slots))], scratch)
    try:
        reads = zygote.import_flytekit(bin_directory, protocols)
        if plain is None:
            rehearse(zygote, bin_directory, scratch, protocols)
    except Unfit as error:
        zygote.channel.say(unfit=str(error))
        os._exit(0)
    except BaseException as error:
        zygote.channel.say(unfit="%s: %s" % (type(error).__name__, error))
        os._exit(0)
    zygote.channel.say(ready=True, reads=reads, plain=plain)
    zygote.serve()


SHIM = load_beside("shim")
# A PyDLL keeps Python's lock: the child has it then, too.
FORK = ctypes.PyDLL(None).fork
SYSCALL = ctypes.PyDLL(None).syscall
PROCESS_MADVISE = 440
MADV_POPULATE_WRITE = 23
IOVEC_SIZE = 2 * ctypes.sizeof(ctypes.c_size_t)
IOVECS_LIMIT = 1024
# The kernel shows a process's first environment, which a fork inherits: the attempt's marker is written into a place
# kept for it, so that its processes are found by it.
_getenv = ctypes.CDLL(None).getenv
_getenv.restype = ctypes.c_void_p
MARKER_ADDRESS = _getenv(MARKER.encode())
MARKER_SIZE = len(os.environ.pop(MARKER))
try:
    main()
except Become as task:
    # Kept: to take apart what led here would touch more of the memory that is shared so far.
    _become = task
    _program, _argv, _output, _failure, _gate, _loops = task.args
# While the attempt's parent makes its claim durable.
prepare_flytekit(_output)
os.close(_failure)
SHIM.pass_gate(_gate)
for _loop in _loops:
    renew_loop(_loop)  # last, so that their files have the numbers they would have
run(_program, _argv)
