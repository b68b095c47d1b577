"""What can go wrong inside an expert, in the words of the error tree: one boundary for whatever its libraries raise.

An `ExpertFailed` says in `facts["reason"]` what happened: "raised", "garbage", "memory", "hung" or "killed". Paths and
addresses in memory are left out of texts, since they end in answers and traces.
"""

from __future__ import annotations

import re
import traceback
from importlib.metadata import PackageNotFoundError, distribution

from ..capabilities import asked_of_experts
from ..errors import ExpertFailed, ExpertUnavailable, SightlineError
from .base import Expert, Outcome, Settings

__all__ = [
    "checked",
    "command",
    "gone",
    "hung",
    "let_go",
    "loading_failed",
    "missing",
    "out_of_memory",
    "raised",
    "without_paths",
]

_MEMORY = re.compile(
    r"out of memory|can't allocate memory|cannot allocate memory|not enough memory|ALLOC(ATION)?_FAILED", re.I
)  # the last is what the libraries of CUDA say


def raised(cls: type[Expert], capability: str, error: BaseException) -> SightlineError:
    """The error that a foreign exception of an expert becomes; those of the tree stay as they are."""
    if isinstance(error, SightlineError):
        return error
    memory = out_of_memory(error)
    failed = ExpertFailed(
        f"the expert {cls.name} ran out of memory at {capability}: free some, or use a smaller expert"
        if memory
        else f"the expert {cls.name} failed at {capability}: {without_paths(error)}",
        expert=cls.name,
        reason="memory" if memory else "raised",
    )
    failed.__cause__ = error
    return failed


def hung(cls: type[Expert], capability: str, limit_s: float) -> ExpertFailed:
    return ExpertFailed(
        f"the expert {cls.name} gave no answer to {capability} within {limit_s:g} s and was let go of",
        expert=cls.name,
        reason="hung",
    )


def gone(cls: type[Expert], capability: str, how: str) -> ExpertFailed:
    """Its process ended while it worked."""
    return ExpertFailed(
        f"the process of the expert {cls.name} {how} at {capability}; the next call starts it again",
        expert=cls.name,
        reason="killed",
    )


def checked(cls: type[Expert], capability: str, outcome: object) -> Outcome:
    """What an expert gave, or the error that says that it is not what the capability takes."""
    wanted = asked_of_experts(capability).result
    if isinstance(outcome, wanted | SightlineError):
        return outcome
    return ExpertFailed(
        f"the expert {cls.name} gave {type(outcome).__name__} for {capability}, which takes {wanted.__name__}",
        expert=cls.name,
        reason="garbage",
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out; torch says so by a class of its own or by a text."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and bool(_MEMORY.search(str(error))))
        or (isinstance(error, ExpertFailed) and error.facts.get("reason") == "memory")
    )


def let_go(error: BaseException) -> None:
    """Drop what the frames of an error hold: while it is kept, so is all that was computed before it was raised."""
    further: BaseException | None = error
    while further is not None:
        traceback.clear_frames(further.__traceback__)
        further = further.__cause__ or further.__context__


def loading_failed(cls: type[Expert], error: BaseException) -> SightlineError:
    """The error that an exception while loading becomes."""
    if isinstance(error, SightlineError):
        return error
    made: SightlineError
    if isinstance(error, ImportError):
        made = ExpertUnavailable(
            f"the expert {cls.name} cannot be loaded ({without_paths(error)}): {command(cls)}", expert=cls.name
        )
    else:
        reason = "memory" if out_of_memory(error) else "raised"
        made = ExpertFailed(
            f"the expert {cls.name} cannot be loaded: {without_paths(error)}", expert=cls.name, reason=reason
        )
    made.__cause__ = error
    return made


def missing(cls: type[Expert], settings: Settings) -> str | None:
    """What the expert misses and how to get it, None when all is here."""
    absent = []
    for package in cls.packages:
        try:
            distribution(package)
        except PackageNotFoundError:
            absent.append(package)
    if not absent:
        return cls.lacks(settings)
    return f"the expert {cls.name} needs {' and '.join(absent)}, which is not installed: {command(cls)}"


def command(cls: type[Expert]) -> str:
    """What to type to get its packages."""
    if cls.extra:
        return f"pip install 'sightline[{cls.extra}]'"
    return f"pip install {' '.join(cls.packages)}" if cls.packages else "pip install --force-reinstall sightline"


def without_paths(error: BaseException) -> str:
    """An error's type and first line, without anything that looks like a path or an address in memory."""
    lines = str(error).strip().splitlines()
    text = re.sub(r"\S*[/\\]\S*|0x[0-9a-fA-F]+", "...", lines[0] if lines else "")
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
