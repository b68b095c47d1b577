"""What a program's fault means: how it is said, and whether another program might do better."""

from __future__ import annotations

from ..sandbox import ProgramFault
from ..tools.errors import ProgramError, error_types

__all__ = ["mendable", "said"]


def said(fault: ProgramFault) -> str:
    """One sentence with the program's line; errors of our tree say all themselves, Python's need their type named."""
    where = f"line {fault.line}: " if fault.line else ""
    return f"{where}{fault.message}" if fault.type in error_types() else f"{where}{fault.type}: {fault.message}"


def mendable(fault: ProgramFault) -> bool:
    """Whether another program might do better: faults of the program, and questions that no expert here can serve."""
    known = error_types().get(fault.type)
    if known is None:
        return fault.status == ProgramError.status
    return known.repairable or known.status == "expert_unavailable"
