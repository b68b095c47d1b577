"""The list of system calls that a worker is left with, as a BPF program for seccomp.

A running program needs memory, its one descriptor and the end: found by tracing real programs. Calls that the standard
library tries and can do without fail with EPERM, so that they become ordinary exceptions; everything else kills the
process. `read` and `write` go to the pipe alone, and no page may become executable.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from dataclasses import dataclass

__all__ = ["PIPE", "available", "build", "install"]

PIPE = 3  # the only descriptor of a worker

_ALLOW, _KILL_PROCESS, _EPERM = 0x7FFF0000, 0x80000000, 0x00050000 | 1
_PR_SET_SECCOMP, _PR_GET_SECCOMP, _FILTER = 22, 21, 2

# struct seccomp_data: nr 0, arch 4, instruction pointer 8, then six 64-bit arguments; both machines are little-endian.
_NR, _ARCH = 0, 4
_MAP_ANONYMOUS, _PROT_EXEC = 0x20, 0x4

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


@dataclass(frozen=True)
class _Machine:
    audit_arch: int
    read: int
    write: int
    mmap: int
    mprotect: int
    allowed: tuple[int, ...]
    refused: tuple[int, ...]
    x32_from: int | None = None


_MACHINES = {
    "x86_64": _Machine(
        audit_arch=0xC000003E,
        read=0,
        write=1,
        mmap=9,
        mprotect=10,
        # munmap brk rt_sigreturn mremap madvise exit gettimeofday futex restart_syscall clock_gettime exit_group
        # getrandom
        allowed=(11, 12, 15, 25, 28, 60, 96, 202, 219, 228, 231, 318),
        # open close stat fstat lstat poll lseek rt_sigaction rt_sigprocmask ioctl access getpid fcntl getcwd readlink
        # getuid getgid geteuid getegid prctl gettid getdents64 openat newfstatat readlinkat faccessat statx faccessat2
        refused=(
            *(2, 3, 4, 5, 6, 7, 8, 13, 14, 16, 21, 39, 72, 79, 89, 102, 104, 107, 108, 157, 186, 217),
            *(257, 262, 267, 269, 332, 439),
        ),
        x32_from=0x40000000,
    ),
    "aarch64": _Machine(
        audit_arch=0xC00000B7,
        read=63,
        write=64,
        mmap=222,
        mprotect=226,
        # munmap brk rt_sigreturn mremap madvise exit gettimeofday futex restart_syscall clock_gettime exit_group
        # getrandom
        allowed=(215, 214, 139, 216, 233, 93, 169, 98, 128, 113, 94, 278),
        # close fstat lseek rt_sigaction rt_sigprocmask ioctl getpid fcntl getcwd getuid getgid geteuid getegid prctl
        # gettid getdents64 openat newfstatat readlinkat faccessat statx faccessat2
        refused=(
            *(57, 80, 62, 134, 135, 29, 172, 25, 17, 174, 176, 175, 177, 167, 178, 61),
            *(56, 79, 78, 48, 291, 439),
        ),
    ),
}


def _argument(index: int, half: int = 0) -> int:
    return 16 + 8 * index + 4 * half


def build(machine: str) -> bytes:
    """The filter as an array of `struct sock_filter`.

    Raises:
        KeyError: on a machine whose system calls are not listed here.
    """
    m = _MACHINES[machine]
    code: list[tuple[int, int, str | int, str | int]] = []  # opcode, operand, where to if true, where to if false
    labels: dict[str, int] = {}

    def test(opcode: int, operand: int, then: str | int = 0, otherwise: str | int = 0) -> None:
        code.append((opcode, operand, then, otherwise))

    def load(offset: int) -> None:
        code.append((_LOAD, offset, 0, 0))

    def label(name: str) -> None:
        labels[name] = len(code)

    load(_ARCH)
    test(_EQUAL, m.audit_arch, 0, "kill")
    load(_NR)
    if m.x32_from is not None:
        test(_AT_LEAST, m.x32_from, "kill", 0)
    test(_EQUAL, m.read, "pipe")
    test(_EQUAL, m.write, "pipe")
    test(_EQUAL, m.mmap, "mmap")
    test(_EQUAL, m.mprotect, "protect")
    for number in m.allowed:
        test(_EQUAL, number, "allow")
    for number in m.refused:
        test(_EQUAL, number, "refuse")
    label("kill")
    code.append((_RETURN, _KILL_PROCESS, 0, 0))
    label("pipe")
    load(_argument(0))
    test(_EQUAL, PIPE, 0, "kill_late")
    load(_argument(0, 1))
    test(_EQUAL, 0, "allow", "kill_late")
    label("mmap")
    load(_argument(3))
    test(_ANY_BIT, _MAP_ANONYMOUS, 0, "kill_late")
    label("protect")
    load(_argument(2))
    test(_ANY_BIT, _PROT_EXEC, "kill_late", "allow")
    label("kill_late")  # jumps go forwards only
    code.append((_RETURN, _KILL_PROCESS, 0, 0))
    label("allow")
    code.append((_RETURN, _ALLOW, 0, 0))
    label("refuse")
    code.append((_RETURN, _EPERM, 0, 0))

    def distance(at: int, target: str | int) -> int:
        return labels[target] - at - 1 if isinstance(target, str) else target

    return b"".join(
        struct.pack("<HBBI", opcode, distance(at, then), distance(at, otherwise), operand)
        for at, (opcode, operand, then, otherwise) in enumerate(code)
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def available(libc: ctypes.CDLL, machine: str) -> bool:
    """Whether this kernel and machine can hold a process to the list."""
    return sys.platform == "linux" and machine in _MACHINES and libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


def install(libc: ctypes.CDLL, program: bytes) -> None:
    """Hold the calling thread to the list, for good; needs no_new_privs. Raises OSError when the kernel refuses."""
    bpf = _Program(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(bpf), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp was refused")
