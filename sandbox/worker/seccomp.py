"""The list of system calls that a worker is left with, as a BPF program for seccomp.

A running program needs memory, its one descriptor and the end: found by tracing real programs. Calls that the standard
library tries and can do without fail with EPERM, so that they become ordinary exceptions; everything else kills the
process. `read` goes to one pipe and `write` to the other alone, and no page may become executable.

The numbers are searched and not compared one by one: the kernel runs a new filter once for every call that there is,
to learn which it always allows, and each worker would wait for that.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from dataclasses import dataclass

__all__ = ["READ", "WRITE", "Filter", "available", "build"]

READ, WRITE = 3, 4  # the only descriptors of a worker

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


def _bounds(m: _Machine) -> list[tuple[int, str]]:
    """From which number on what is done with a call, ascending from 0; what is not listed is killed."""
    listed = {m.read: "read", m.write: "write", m.mmap: "mmap", m.mprotect: "protect"}
    listed |= dict.fromkeys(m.allowed, "allow") | dict.fromkeys(m.refused, "refuse")
    bounds = [(0, listed.get(0, "kill"))]
    for number in sorted({bound for n in listed for bound in (n, n + 1)}):
        what = listed.get(number, "kill")
        if what != bounds[-1][1]:
            bounds.append((number, what))
    return bounds


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

    def search(bounds: list[tuple[int, str]]) -> None:
        """Find the last bound that is not above the number, and go where it says."""
        half = len(bounds) // 2
        below, above = bounds[:half], bounds[half:]
        sides = [f"{side[0][0]} to {side[-1][0]}" if len(side) > 1 else side[0][1] for side in (above, below)]
        test(_AT_LEAST, above[0][0], *sides)
        for side, name in zip((below, above), reversed(sides), strict=True):
            if len(side) > 1:
                label(name)
                search(side)

    load(_ARCH)
    test(_EQUAL, m.audit_arch, 0, "kill")
    load(_NR)
    search(_bounds(m))
    label("mmap")
    load(_argument(3))
    test(_ANY_BIT, _MAP_ANONYMOUS, 0, "kill")
    label("protect")
    load(_argument(2))
    test(_ANY_BIT, _PROT_EXEC, "kill", "allow")
    for name, descriptor in (("read", READ), ("write", WRITE)):
        label(name)
        load(_argument(0))
        test(_EQUAL, descriptor, 0, "kill")
        load(_argument(0, 1))
        test(_EQUAL, 0, "allow", "kill")
    label("kill")  # jumps go forwards only
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


class Filter:
    """A program, laid out beforehand so that a worker has little to do."""

    def __init__(self, libc: ctypes.CDLL, program: bytes) -> None:
        self._bpf = _Program(len(program) // 8, program)
        self._address = ctypes.addressof(self._bpf)
        self._prctl = libc.prctl

    def install(self) -> None:
        """Hold the calling thread to the list, for good; needs no_new_privs. Raises OSError when the kernel refuses."""
        if self._prctl(_PR_SET_SECCOMP, _FILTER, self._address, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp was refused")
