"""The process walls: what the zygote gives up once for all its workers, and what each worker gives up after the fork.

The zygote gives up privileges, namespaces and the file system (Landlock) after it has imported everything; its workers
inherit that for nothing. A worker then keeps its two pipes, gets its limits, and seccomp last. Whatever fails here
fails closed: a worker that could not be confined exits before it has read its program.
"""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import struct
from typing import Any

from . import seccomp

__all__ = ["NOBODY", "confine_worker", "confine_zygote"]

NOBODY = 65534

_SIGKILL = 9
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x08000000, 0x10000000, 0x40000000
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446  # the same numbers on every machine
_LANDLOCK_VERSION = 1
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63

# Rights that each version of Landlock knows: file system rights by their highest bit, then bind and connect, then
# scopes.
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)  # as wide as the kernel reads them
    return libc


def _leave_user(libc: ctypes.CDLL) -> tuple[str, tuple[str, ...]]:
    """Become somebody with fewer rights, in namespaces of one's own where allowed: who, and which namespaces."""
    user, namespaces = "the calling user", []
    if os.geteuid() == 0:
        if libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) == 0:
            namespaces = ["network", "ipc"]
        _drop_bounding_set(libc)  # before the privilege to do so is gone
        user = "nobody" if _become_nobody() else "root, which this container does not let go"
    if not namespaces and libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUSER) == 0:
        namespaces = ["user", "network", "ipc"]
        user += ", unmapped in a user namespace of its own"
        _drop_bounding_set(libc)  # the new namespace came with every capability
    return user, tuple(namespaces)


def _become_nobody() -> bool:
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except PermissionError:
        return False
    return True


def _drop_bounding_set(libc: ctypes.CDLL) -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    libc.capset(header, bytes(24))


def _landlock(libc: ctypes.CDLL) -> int:
    """Deny every access to files and network that the kernel's Landlock knows; its version, 0 where there is none."""
    abi = int(libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION))
    if abi < 1:
        return 0
    rights = struct.pack("<Q", (1 << _FS_BITS.get(abi, 16)) - 1)
    if abi >= 4:
        rights += struct.pack("<Q", 0b11)
    if abi >= 6:
        rights += struct.pack("<Q", 0b11)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rights, ctypes.c_size_t(len(rights)), 0)
    if ruleset < 0:
        return 0
    done = libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return abi if done == 0 else 0


def confine_zygote(machine: str) -> tuple[dict[str, Any], seccomp.Filter | None]:
    """Give up what no worker will need.

    Returns:
        Which walls stand (`seccomp`, `landlock_abi`, `namespaces`, `rlimits`, `user`, `no_new_privileges`), and the
        filter that each worker installs, None where seccomp is missing.
    """
    for kind in ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE"):
        if hasattr(resource, kind):  # workers inherit these
            resource.setrlimit(getattr(resource, kind), (0, 0))
    libc = _libc()
    user, namespaces = _leave_user(libc)
    _drop_capabilities(libc)
    no_new_privileges = libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    held = seccomp.Filter(libc, seccomp.build(machine)) if seccomp.available(libc, machine) else None
    walls = {
        "seccomp": held is not None,
        "landlock_abi": _landlock(libc),
        "namespaces": list(namespaces),
        "rlimits": True,
        "user": user,
        "no_new_privileges": no_new_privileges,
    }
    return walls, held


def confine_worker(
    pipes: tuple[int, int], *, cpu_s: int, memory_bytes: int, held: seccomp.Filter | None, zygote: int
) -> None:
    """In a fresh fork: keep the ends to read and to write as the only descriptors, take the limits, and install the
    filter.

    Raises:
        OSError, ValueError: when a wall could not be raised; the worker must exit then.
    """
    read_fd, write_fd = pipes
    if write_fd == seccomp.READ:
        write_fd = os.dup(write_fd)
    os.dup2(read_fd, seccomp.READ, False)
    os.dup2(write_fd, seccomp.WRITE, False)
    os.closerange(seccomp.WRITE + 1, 1 << 20)
    _libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(0)
    limit = resource.setrlimit
    limit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    limit(resource.RLIMIT_NPROC, (0, 0))
    limit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    limit(resource.RLIMIT_NOFILE, (0, 0))
    if held is not None:
        held.install()
