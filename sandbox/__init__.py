"""The sandbox: compile, confine and run a program, and the pipe to it. Knows `tools.api` and `tools.errors` only."""

from .results import CallSite, ProgramFault, ProgramResult, Usage, Walls
from .sandbox import Sandbox
from .settings import Isolation, Limits, SandboxSettings
from .values import Input

__all__ = [
    "CallSite",
    "Input",
    "Isolation",
    "Limits",
    "ProgramFault",
    "ProgramResult",
    "Sandbox",
    "SandboxSettings",
    "Usage",
    "Walls",
]
