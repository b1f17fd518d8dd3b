"""Gives one process, and all that it starts, directories under paths of their own: a mount namespace. Linux only.

Where this user may not mount, a user namespace in which it may is made first; the task is still the same user in it, without rights
that it would not have otherwise. Nothing of this is seen outside, and nothing is left behind.
"""

import ctypes
import errno
import os
import stat

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV = 2, 4
MS_BIND, MS_MOVE, MS_REC, MS_SLAVE = 4096, 8192, 16384, 1 << 19
MNT_DETACH = 2

# Of a directory whose other entries are to stay when one is added to it.
MOST_ENTRIES = 4096


class CannotMount(Exception):
    pass


_libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))


def mount(source, target, kind, flags, options=None):
    encoded = [None if each is None else os.fsencode(each) for each in (source, target, kind, options)]
    source, target, kind, options = encoded
    check(_libc.mount(source, target, kind, ctypes.c_ulong(flags), options), "mount %s" % os.fsdecode(target))


def enter_namespace():
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWNS) != 0:
        if ctypes.get_errno() != errno.EPERM:
            check(-1, "unshare")
        check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group))):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    mount("none", "/", None, MS_REC | MS_SLAVE)


def add_directory(base, path, staging):
    """Makes the directory `path` below `base`, which exists: a file system in memory takes the place of `base`, with all of its entries."""
    mount("tmpfs", staging, "tmpfs", MS_NOSUID | MS_NODEV, "mode=%o" % stat.S_IMODE(os.stat(base).st_mode))
    with os.scandir(base) as found:
        for count, entry in enumerate(found):
            if count >= MOST_ENTRIES:
                raise CannotMount("mounts: %s does not exist, and %s has too many entries to add it for this task alone" % (path, base))
            own = os.path.join(staging, entry.name)
            try:
                if entry.is_symlink():
                    os.symlink(os.readlink(entry.path), own)
                    continue
                if entry.is_dir():
                    os.mkdir(own)
                else:
                    os.close(os.open(own, os.O_CREAT | os.O_WRONLY, 0o600))
                mount(entry.path, own, None, MS_BIND | MS_REC)
            except FileNotFoundError:
                pass  # gone meanwhile
    if base == "/":
        os.chdir(staging)
        mount(".", "/", None, MS_MOVE)
        os.chroot(".")
    else:
        mount(staging, base, None, MS_MOVE)
    # Where it lies below `base`, it has been taken over with the other entries.
    _libc.umount2(os.fsencode(staging), MNT_DETACH)
    os.makedirs(path)


def existing(path):
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return os.path.realpath(path)


def apply_mounts(mounts, staging):
    """Puts each source at its target, for this process. CannotMount says why that is not possible; then this process is to end."""
    try:
        enter_namespace()
        # Held open, as a target may cover the place of another's source.
        sources = [os.open(each["source"], os.O_PATH | os.O_DIRECTORY) for each in mounts]
        for source, each in sorted(zip(sources, mounts), key=lambda pair: len(pair[1]["target"])):
            target = each["target"]
            if not os.path.lexists(target):
                add_directory(existing(target), target, staging)
            mount("/proc/self/fd/%d" % source, target, None, MS_BIND | MS_REC)
        for source in sources:
            os.close(source)
    except OSError as error:
        raise CannotMount("mounts: its directories of inputs and outputs cannot be had on this machine (%s)" % error.strerror)
