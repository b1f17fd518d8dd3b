"""Parent of one attempt: starts it, keeps its log, enforces its timeout, and records how it ended.

Run as `python -S -E -s shim.py DIRECTORY` in a session of its own, so that it outlives the daemon that started it, with
the request as one JSON document on standard input; or forked from a warm interpreter (zygote.py), which calls attend().
Secrets travel in the request and touch no disk. Needs nothing but the standard library, and of that only modules that
load fast.

started.json is the claim on the attempt: whoever links it first runs the task, so two parents of one attempt (a daemon
died between starting the first and seeing it) never both run it. exit.json is linked last, when nothing of the attempt
is left running.
"""

import json
import os
import select
import signal
import sys
import time

CLAIMED_BY_ANOTHER = 75
CHUNK = 1 << 16
PR_SET_CHILD_SUBREAPER = 36
# Begins what a task was refused for that could not have its directories.
MOUNTS = "mounts: "


def read_all(descriptor):
    parts = []
    while True:
        part = os.read(descriptor, CHUNK)
        if not part:
            return b"".join(parts)
        parts.append(part)


def read_text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


_prctl = None


def adopt_orphans(adopt=1):
    """Makes this process the parent of whatever loses its own below it, or no longer; False where the system cannot (macOS)."""
    global _prctl
    try:
        if sys.platform == "linux" and _prctl is None:
            import ctypes

            _prctl = ctypes.CDLL(None).prctl  # kept: what is forked from a warm interpreter has it then
        return _prctl is not None and _prctl(PR_SET_CHILD_SUBREAPER, adopt, 0, 0, 0) == 0
    except Exception:
        return False


def reap(pid):
    """Takes leave of the children that have ended: whether any is left, and the end of `pid` if it was among them."""
    end = None
    while True:
        try:
            done, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return False, end
        if not done:
            return True, end
        if done == pid:
            end = status, usage


def remove_tree(path):
    """Removes a directory with all in it, as far as it can: the daemon tries what is left again."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(path)
    except (OSError, RecursionError):
        pass


def sync_tree(path):
    """Has a directory with all in it survive a loss of power, as far as it can be read."""
    for place, _, names in os.walk(path):
        for name in [*names, ""]:
            try:
                descriptor = os.open(os.path.join(place, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except OSError:
                continue
            try:
                os.fsync(descriptor)
            except OSError:
                pass  # no file
            os.close(descriptor)


def stat_fields(pid):
    """State, parent, group, session and start tick; None when there is no such process. Linux only."""
    text = read_text("/proc/%d/stat" % pid)
    if not text:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return fields[0], int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19])


def identity(pid, fields):
    """Tells this process from a later one of the same number. The daemon computes the same text (process-identity.ts)."""
    if fields:
        return "%s:%d" % (read_text("/proc/sys/kernel/random/boot_id").strip(), fields[4])
    with os.popen("LC_ALL=C ps -o lstart= -p %d" % pid) as listing:
        return " ".join(listing.read().split())


def members(leader, marker, since):
    """Processes of the attempt: its session and group, what descends from us, and what carries its marker.

    The marker finds what has left the session and lost its parents. Without /proc (macOS) only the group is known.
    """
    own = os.getpid()
    try:
        names = os.listdir("/proc")
    except OSError:
        return None
    table = {}
    for name in names:
        if name.isdigit():
            fields = stat_fields(int(name))
            if fields and fields[0] not in "ZX" and fields[4] >= since:
                table[int(name)] = fields
    found = set()
    for pid, (_, _, group, session, _) in table.items():
        if pid == own:
            continue
        if session == leader or group == leader or marker in read_text("/proc/%d/environ" % pid):
            found.add(pid)
    grown = True
    while grown:
        grown = False
        for pid, fields in table.items():
            if pid not in found and pid != own and (fields[1] in found or fields[1] == own):
                found.add(pid)
                grown = True
    return found


def send(number, leader, marker, since):
    """Signals every process of the attempt; whether there was one."""
    pids = members(leader, marker, since)
    if pids is None:
        try:
            os.killpg(leader, number)
            return True
        except OSError:
            return False
    # Held first: else a shell whose child is gone runs its next command before its own turn to end comes.
    for each in (signal.SIGSTOP, number) if number == signal.SIGKILL else (number,):
        for pid in pids:
            try:
                os.kill(pid, each)
            except OSError:
                pass
    return bool(pids)


def record(directory, name, content):
    """Writes a document durably under a name that must be new; False when it is there already."""
    temporary = os.path.join(directory, ".%s.%d" % (name, os.getpid()))
    with open(temporary, "wb") as file:
        file.write(json.dumps(content).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, os.path.join(directory, name))
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
    descriptor = os.open(directory, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return True


class Log:
    """The first `limit` bytes go to the file as they come; of the rest the last ones are kept and added at the end."""

    def __init__(self, path, limit, tail):
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.left = limit
        self.tail_limit = tail
        self.tail = b""
        self.dropped = 0

    def add(self, chunk):
        head, rest = chunk[: self.left], chunk[self.left :]
        if head:
            self.left -= len(head)
            self.write(head)
        if rest:
            kept = self.tail + rest
            self.tail = kept[-self.tail_limit :]
            self.dropped += len(kept) - len(self.tail)

    def write(self, data):
        try:
            while data:
                data = data[os.write(self.descriptor, data) :]
        except OSError:
            pass  # a full disk costs the log, not the attempt

    def close(self, durable):
        if self.dropped:
            self.write(b"\n[flyte: %d bytes of this log were left out here]\n" % self.dropped)
        self.write(self.tail)
        try:
            if durable:
                os.fsync(self.descriptor)
        except OSError:
            pass
        os.close(self.descriptor)


def pass_gate(gate):
    """Waits until the task may begin; the parent's death before its claim is durable means that it never may."""
    if not os.read(gate, 1):
        os._exit(0)
    os.close(gate)


def become_task(request, output, failure, gate):
    """In the forked child: turns it into the task's program."""
    pass_gate(gate)
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        # Python ignores these two; the task is to find them as a shell would leave them.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        if request.get("mounts"):
            from mounts import apply_mounts

            apply_mounts(request["mounts"], request["staging"])
        os.chdir(request["cwd"])
        os.execve(request["program"], request["argv"], request["env"])
    except OSError as error:
        os.write(failure, ("%s: %s" % (request["program"], error.strerror)).encode())
    except BaseException as error:
        os.write(failure, str(error).encode())
    os._exit(127)


def attend(directory, request, become):
    """Runs one attempt to its end; `become(request, output, failure, gate)` turns the forked child into the task.

    It is to pass the gate before anything of the task runs, and to end or replace the child, or to raise what its caller
    catches; what it writes to `failure` is why the task could not be started, and closing that says that it was.
    """
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    gate_read, gate_write = os.pipe()
    failure_read, failure_write = os.pipe()
    output_read, output_write = os.pipe()

    all_below = adopt_orphans()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for descriptor in (gate_write, failure_read, output_read, wake_read, wake_write):
            os.close(descriptor)
        become(request, output_write, failure_write, gate_read)
    for descriptor in (gate_read, failure_write, output_write):
        os.close(descriptor)

    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    started = time.time()
    own = stat_fields(os.getpid())
    since = own[4] if own else 0
    task = stat_fields(pid)
    claim = {
        "shim": os.getpid(),
        "identity": identity(os.getpid(), own),
        "leader": pid,
        "leaderTick": task[4] if task else 0,
        "since": since,
        "startedAt": int(started * 1000),
    }
    # The specification goes first when an attempt is removed: without it there is nothing to run.
    if not record(directory, "started.json", claim) or not os.path.exists(os.path.join(directory, "spec.json")):
        os.close(gate_write)
        os._exit(CLAIMED_BY_ANOTHER)
    log = Log(os.path.join(directory, "log"), request["logLimit"], request["logTail"])
    os.write(gate_write, b"x")
    os.close(gate_write)
    refused = read_all(failure_read).decode("utf-8", "replace")

    marker = request["marker"]
    clock = time.monotonic
    timeout = request.get("timeoutSeconds")
    deadline = clock() + timeout if timeout else None
    kill_at = None
    timed_out = False
    status = usage = None
    poller = select.poll()
    poller.register(output_read, select.POLLIN)
    poller.register(wake_read, select.POLLIN)
    while status is None:
        until = kill_at if kill_at is not None else deadline
        wait = None if until is None else max(0, int((until - clock()) * 1000) + 1)
        for descriptor, _ in poller.poll(wait):
            if descriptor == output_read:
                chunk = os.read(output_read, CHUNK)
                if chunk:
                    log.add(chunk)
                else:
                    poller.unregister(output_read)
            else:
                signals = os.read(wake_read, 4096)
                if kill_at is None and (signal.SIGTERM in signals or signal.SIGINT in signals):
                    kill_at = clock() + request["graceSeconds"]
                    send(signal.SIGTERM, pid, marker, since)
        if kill_at is None and deadline is not None and clock() >= deadline:
            timed_out = True
            kill_at = clock() + request["graceSeconds"]
            send(signal.SIGTERM, pid, marker, since)
        if kill_at is not None and clock() >= kill_at:
            send(signal.SIGKILL, pid, marker, since)
            kill_at = clock() + 0.2
        left, end = reap(pid)
        if end:
            status, usage = end

    # As in a container, the end of the main process is the end of all. Whatever it has started is below us by now: without
    # children there is nothing to look for.
    for _ in range(100):
        if (all_below and not left) or not send(signal.SIGKILL, pid, marker, since):
            break
        time.sleep(0.01)
        left, _ = reap(pid)
    os.set_blocking(output_read, False)
    while True:
        try:
            chunk = os.read(output_read, CHUNK)
        except OSError:
            break
        if not chunk:
            break
        log.add(chunk)
    # What a task says that fails is not to be lost with the machine's power.
    log.close(durable=status != 0)
    signal.set_wakeup_fd(-1)
    for descriptor in (wake_read, wake_write, failure_read, output_read):
        os.close(descriptor)

    ended = {
        "startedAt": claim["startedAt"],
        "finishedAt": max(claim["startedAt"], int(time.time() * 1000)),
        "cpuSeconds": usage.ru_utime + usage.ru_stime,
        # Kilobytes, but on macOS bytes.
        "peakMemoryBytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "timedOut": timed_out,
    }
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        ended["exitCode"] = 128 + number
        ended["signal"] = signal.Signals(number).name if number in list(signal.Signals) else "SIG%d" % number
    else:
        ended["exitCode"] = os.WEXITSTATUS(status)
    if refused.startswith(MOUNTS):
        ended = {"refused": refused[len(MOUNTS) :], "hint": request["mountsHint"]}
    elif refused:
        ended = {"refused": "the program could not be started: " + refused}
    for each in request.get("mounts", ()):
        if each["isOutput"]:
            sync_tree(each["source"])
    record(directory, "exit.json", ended)
    remove_tree(os.path.join(directory, "secrets"))
    remove_tree(request["scratch"])


def main():
    try:
        request = json.loads(read_all(0))
    except ValueError:
        os._exit(CLAIMED_BY_ANOTHER)  # the daemon died while it wrote: it never launched this attempt
    try:
        attend(sys.argv[1], request, become_task)
    except FileNotFoundError:
        os._exit(CLAIMED_BY_ANOTHER)  # the attempt was removed meanwhile


if __name__ == "__main__":
    main()
