"""What a sandbox is told: how strictly to confine, and how much one program may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..tools.errors import BadRequest

__all__ = ["Isolation", "Limits", "SandboxSettings"]

Isolation = Literal["full", "reduced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one program may use before it is ended."""

    wall_s: float = 60.0  # seconds from hand-over to result, time spent in experts included
    cpu_s: int = 10  # seconds of processor time of the program itself
    memory_mb: int = 256  # address space of the worker, interpreter included (about 25 MB of it)
    calls: int = 1000  # calls to experts
    pixels: int = 4_000_000_000  # pixels shown to experts, summed over all calls
    question_chars: int = 400_000  # text handed to experts and language models, summed over all calls
    output_chars: int = 100_000  # text printed

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if type(value) not in (int, float) or not value > 0:
                raise BadRequest(f"limit {name} must be a positive number, not {value!r}")
            if name in ("cpu_s", "memory_mb") and type(value) is not int:
                raise BadRequest(f"limit {name} must be a whole number, not {value!r}")
        if self.memory_mb < 64:
            raise BadRequest(f"limit memory_mb must be at least 64, not {self.memory_mb}: the interpreter needs room")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How programs are confined.

    `isolation="full"` refuses to run where a wall that a hostile program is held by is missing; `"reduced"` runs with
    the walls that the system has, and every result says which those were. `language_wall=False` runs programs as
    plain Python behind the process walls alone: it exists to test those walls.
    """

    isolation: Isolation = "full"
    spares: int = 2  # workers kept forked and confined, waiting for a program
    limits: Limits = field(default_factory=Limits)
    language_wall: bool = True
    switch_interval_s: float | None = 0.00002  # while a program runs, see switching.py; None leaves the interpreter's

    def __post_init__(self) -> None:
        if self.isolation not in ("full", "reduced"):
            raise BadRequest(f"isolation must be 'full' or 'reduced', not {self.isolation!r}")
        if type(self.spares) is not int or not 0 <= self.spares <= 64:
            raise BadRequest(f"spares must be a number from 0 to 64, not {self.spares!r}")
