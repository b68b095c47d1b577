"""The list of system calls, run on a small machine that does what the kernel does with it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.sandbox.worker import seccomp

ALLOW, KILL, EPERM = 0x7FFF0000, 0x80000000, 0x00050001
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CALLS = {
    "x86_64": {"read": 0, "write": 1, "mmap": 9, "mprotect": 10, "openat": 257, "exit_group": 231, "getrandom": 318},
    "aarch64": {
        "read": 63,
        "write": 64,
        "mmap": 222,
        "mprotect": 226,
        "openat": 56,
        "exit_group": 94,
        "getrandom": 278,
    },
}
# socket clone fork vfork execve kill ptrace unshare io_uring_setup memfd_create openat2 clone3 pidfd_open prlimit64
# seccomp
NEVER = {
    "x86_64": (41, 56, 57, 58, 59, 62, 101, 272, 425, 319, 437, 435, 434, 302, 317),
    "aarch64": (198, 220, 221, 129, 117, 97, 425, 279, 437, 435, 434, 261, 277),
}
machines = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def verdict(program: bytes, number: int, *arguments: int, arch: int) -> int:
    """What the filter says, by interpreting it."""
    return interpreted(program, number, *arguments, arch=arch)[0]


def steps(program: bytes, number: int, *, arch: int) -> int:
    """How many instructions it takes to say so."""
    return interpreted(program, number, arch=arch)[1]


def interpreted(program: bytes, number: int, *arguments: int, arch: int) -> tuple[int, int]:
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, arch, 0, *padded)
    code = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = count = 0
    while True:
        opcode, then, otherwise, operand = code[at]
        at += 1
        count += 1
        match opcode:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += then if accumulator == operand else otherwise
            case 0x35:
                at += then if accumulator >= operand else otherwise
            case 0x45:
                at += then if accumulator & operand else otherwise
            case 0x06:
                return operand, count
            case _:
                raise AssertionError(f"unknown instruction {opcode:#x}")


@machines
@pytest.mark.parametrize("call", ["read", "write"])
def test_bytes_come_through_one_pipe_and_go_through_the_other_and_nowhere_else(machine: str, call: str) -> None:
    program, number = seccomp.build(machine), CALLS[machine][call]
    own = {"read": seccomp.READ, "write": seccomp.WRITE}[call]
    for fd in range(64):
        assert verdict(program, number, fd, arch=ARCHES[machine]) == (ALLOW if fd == own else KILL)
    assert verdict(program, number, own | 1 << 32, arch=ARCHES[machine]) == KILL


@machines
def test_memory_is_never_executable_nor_a_file(machine: str) -> None:
    program, arch, calls = seccomp.build(machine), ARCHES[machine], CALLS[machine]
    for protection in range(8):
        expected = KILL if protection & 4 else ALLOW
        assert verdict(program, calls["mmap"], 0, 4096, protection, 0x22, arch=arch) == expected
        assert verdict(program, calls["mmap"], 0, 4096, protection, 0x02, 5, arch=arch) == KILL
        assert verdict(program, calls["mprotect"], 0, 4096, protection, arch=arch) == expected


@machines
def test_files_are_refused_with_an_ordinary_error_and_the_rest_kills(machine: str) -> None:
    program, arch = seccomp.build(machine), ARCHES[machine]
    assert verdict(program, CALLS[machine]["openat"], arch=arch) == EPERM
    assert verdict(program, CALLS[machine]["exit_group"], arch=arch) == ALLOW
    assert verdict(program, CALLS[machine]["getrandom"], arch=arch) == ALLOW
    for number in NEVER[machine]:
        assert verdict(program, number, arch=arch) == KILL


@machines
@given(number=st.integers(0, 2**32 - 1), arguments=st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6))
def test_another_architecture_is_killed_whatever_it_calls(machine: str, number: int, arguments: list[int]) -> None:
    for arch in (0x40000003, 0x40000028, 0):
        assert verdict(seccomp.build(machine), number, *arguments, arch=arch) == KILL


@given(number=st.integers(0x40000000, 2**32 - 1))
def test_the_x32_numbers_are_killed(number: int) -> None:
    for fd in (seccomp.READ, seccomp.WRITE):
        assert verdict(seccomp.build("x86_64"), number, fd, arch=ARCHES["x86_64"]) == KILL


@machines
def test_few_calls_are_allowed_at_all(machine: str) -> None:
    program = seccomp.build(machine)
    allowed = {
        number
        for number in range(600)
        for fd in (seccomp.READ, seccomp.WRITE)
        if verdict(program, number, fd, 0, 0, 0x22, arch=ARCHES[machine]) == ALLOW
    }
    assert len(allowed) == 16


@machines
@given(number=st.integers(0, 2**32 - 1) | st.integers(0, 600))
def test_each_number_has_the_verdict_of_the_list(machine: str, number: int) -> None:
    listed = seccomp._MACHINES[machine]
    expected = ALLOW if number in listed.allowed else EPERM if number in listed.refused else KILL
    if number not in (listed.read, listed.write, listed.mmap, listed.mprotect):
        assert verdict(seccomp.build(machine), number, arch=ARCHES[machine]) == expected


@machines
def test_no_call_waits_for_a_long_search(machine: str) -> None:
    program, arch = seccomp.build(machine), ARCHES[machine]
    assert max(steps(program, number, arch=arch) for number in range(600)) <= 16


def test_an_unknown_machine_has_no_list() -> None:
    with pytest.raises(KeyError):
        seccomp.build("sparc64")
