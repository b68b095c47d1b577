"""What a run yields: the value or the fault, what it printed, called and used, and the walls that it ran behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..tools.errors import Status

__all__ = ["CallSite", "ProgramFault", "ProgramResult", "Usage", "Walls"]


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call to an expert: its number within the run from 0, the capability, and the line of the program (1-based)."""

    index: int
    capability: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFault:
    """Why a program gave no value.

    Attributes:
        type: name of the exception, or `NotAllowed`, `ProgramTimeout`, `LimitExceeded`, `Cancelled`, `Killed`.
        message: one or a few lines that say what to change; holds no host paths.
        line: line of the program, 1-based, None where none is to blame.
        status: what the answer's status becomes.
    """

    type: str
    message: str
    line: int | None
    status: Status

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.type}{where}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the program used: wall and processor time in seconds, peak resident memory in bytes (0 where unknown)."""

    wall_s: float
    cpu_s: float
    max_rss_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Which walls stand between a program and this machine.

    Attributes:
        isolation: "full" when every wall that a hostile program is held by stands, else "reduced".
        language: whether programs go through the language checks.
        seccomp: whether the worker is held to a list of system calls.
        landlock_abi: version of Landlock in force, 0 for none.
        namespaces: the kinds of namespace of its own that the worker has.
        rlimits: whether the kernel limits memory, processor time, files and processes.
        user: who the worker runs as.
        no_new_privileges: whether it is barred from gaining privileges.
    """

    isolation: str
    language: bool
    seccomp: bool
    landlock_abi: int
    namespaces: tuple[str, ...]
    rlimits: bool
    user: str
    no_new_privileges: bool

    def describe(self) -> tuple[str, ...]:
        """The walls in plain language, one line each, the summary first."""
        if self.isolation == "full":
            head = "full isolation: a hostile program can call the listed API within its budget, and nothing more"
        else:
            head = (
                "reduced isolation: run untrusted programs on Linux with seccomp, or in a container; "
                "what holds here is listed below"
            )
        landlock = f"denied, ABI {self.landlock_abi}" if self.landlock_abi else "not in force"
        return (
            head,
            f"language checks: {'on' if self.language else 'OFF'}",
            f"system calls (seccomp): {'an allow-list' if self.seccomp else 'NOT restricted'}",
            f"files and network (Landlock): {landlock}",
            f"namespaces of its own: {', '.join(self.namespaces) or 'none'}",
            f"kernel limits (memory, processor, files, processes): {'in force' if self.rlimits else 'NOT in force'}",
            f"user: {self.user}",
            f"no new privileges: {'yes' if self.no_new_privileges else 'NO'}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramResult:
    """The outcome of one program.

    Attributes:
        value: plain Python data; patches come back as `ImagePatch` bound to the caller's runtime. None with an error.
        error: why there is no value, None when there is one.
        printed: what the program printed, without control characters.
        calls: the calls to experts, in order.
        executed_lines: lines that ran, sorted; may miss lines of long-running programs (docs/sandbox.md says which).
        usage: time and memory.
        walls: what confined it.
    """

    value: Any
    error: ProgramFault | None
    printed: str
    calls: tuple[CallSite, ...]
    executed_lines: tuple[int, ...]
    usage: Usage
    walls: Walls
