"""Every error that Sightline raises on purpose, in one tree.

    SightlineError
    ├── MediaError (ValueError)              bad_input
    │   ├── MediaNotFound (FileNotFoundError)
    │   ├── UnsupportedMedia                   not a picture or video we can read
    │   ├── BrokenMedia                        truncated, lying or corrupt
    │   ├── MediaTooLarge                      over the limit on pixels or bytes
    │   └── ForbiddenAddress (PermissionError) a URL that was not asked for, or a private address
    ├── BadRequest (ValueError)              bad_input: an empty question, unusable options or settings
    ├── TraceError (ValueError)              bad_input: a trace that cannot be read or replayed
    ├── OutputFailed (OSError)               limit: results cannot be kept: disk full, read-only, in use
    ├── PlanError
    │   ├── NoPlan                             no_plan: the planner declined
    │   │   └── UnusableReply                  no_plan: a model's reply holds no program
    │   ├── PlannerUnavailable                 no_plan: no key, endpoint away, weights missing
    │   └── ProgramRejected                    api_misuse: the check found faults before running
    ├── ProgramError                         the program itself failed while running
    │   ├── ApiMisuse (TypeError)              api_misuse: wrong arguments to the program API
    │   ├── EmptyPatch (ValueError)            api_misuse: a crop or segment with nothing in it
    │   └── ProgramFailed                      api_misuse: any other exception inside the program
    ├── ExpertError
    │   ├── ExpertUnavailable                  expert_unavailable: nobody here can serve the capability
    │   ├── OutsideWorld                       expert_unavailable: the expert does not know such things
    │   └── ExpertFailed                       expert_error: it raised, hung or returned garbage
    ├── SandboxError
    │   ├── SandboxUnavailable                 limit: the walls cannot be raised on this system
    │   ├── ProgramTimeout (TimeoutError)      timeout
    │   └── LimitExceeded                      limit: memory, CPU, calls, output, pixels
    └── MissingDependency (ImportError)      expert_unavailable: names the pip command

Each class carries the `status` that an `Answer` gets when the error ends a question, and `repairable`: whether
handing the text back to the planner can help. Errors hold data, build their own text and never log. Texts name no
host paths except those that the user typed.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

__all__ = [
    "ApiMisuse",
    "BadRequest",
    "BrokenMedia",
    "EmptyPatch",
    "ExpertError",
    "ExpertFailed",
    "ExpertUnavailable",
    "ForbiddenAddress",
    "LimitExceeded",
    "MediaError",
    "MediaNotFound",
    "MediaTooLarge",
    "MissingDependency",
    "NoPlan",
    "OutputFailed",
    "OutsideWorld",
    "PlanError",
    "PlannerUnavailable",
    "ProgramError",
    "ProgramFailed",
    "ProgramRejected",
    "ProgramTimeout",
    "SandboxError",
    "SandboxUnavailable",
    "SightlineError",
    "Status",
    "TraceError",
    "UnsupportedMedia",
    "UnusableReply",
    "error_types",
]

Status = Literal[
    "answered",
    "cannot_tell",
    "no_plan",
    "bad_input",
    "api_misuse",
    "expert_error",
    "expert_unavailable",
    "timeout",
    "limit",
]


class SightlineError(Exception):
    """Base of all errors raised on purpose; `str(error)` is one readable sentence that says what to do."""

    status: ClassVar[Status] = "expert_error"
    repairable: ClassVar[bool] = False

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def __str__(self) -> str:
        return self.message


class MediaError(SightlineError, ValueError):
    status = "bad_input"


class MediaNotFound(MediaError, FileNotFoundError):
    pass


class UnsupportedMedia(MediaError):
    pass


class BrokenMedia(MediaError):
    pass


class MediaTooLarge(MediaError):
    pass


class ForbiddenAddress(MediaError, PermissionError):
    pass


class BadRequest(SightlineError, ValueError):
    status = "bad_input"


class TraceError(SightlineError, ValueError):
    status = "bad_input"


class OutputFailed(SightlineError, OSError):
    """What was worked out cannot be written; the text says what is kept and where."""

    status = "limit"


class PlanError(SightlineError):
    status: ClassVar[Status] = "no_plan"


class NoPlan(PlanError):
    """The planner declined; `facts["score"]` is its own estimate that its best plan would have been right."""


class UnusableReply(NoPlan):
    """A model replied, but not with a program; `facts["reply"]` is the beginning of what it said."""

    repairable = True


class PlannerUnavailable(PlanError):
    pass


class ProgramRejected(PlanError):
    """The check before running found faults; `facts["issues"]` lists them."""

    status = "api_misuse"
    repairable = True


class ProgramError(SightlineError):
    status = "api_misuse"
    repairable = True


class ApiMisuse(ProgramError, TypeError):
    pass


class EmptyPatch(ProgramError, ValueError):
    pass


class ProgramFailed(ProgramError):
    """An ordinary Python exception ended the program; `facts` may hold `type` and `line` (1-based)."""


class ExpertError(SightlineError):
    pass


class ExpertUnavailable(ExpertError):
    """No installed expert serves the capability; the text names it, the reason and the command that mends it."""

    status = "expert_unavailable"


class OutsideWorld(ExpertError):
    """The expert knows what it does not know: the name or question lies outside what it was made for."""

    status = "expert_unavailable"


class ExpertFailed(ExpertError):
    status = "expert_error"


class SandboxError(SightlineError):
    status: ClassVar[Status] = "limit"


class SandboxUnavailable(SandboxError):
    pass


class ProgramTimeout(SandboxError, TimeoutError):
    status = "timeout"


class LimitExceeded(SandboxError):
    status = "limit"


class MissingDependency(SightlineError, ImportError):
    """A feature needs a package that is not installed.

    Args:
        feature: what the user wanted, as the subject of the sentence.
        package: the missing distribution.
        extra: the Sightline extra that brings it, if one does.
    """

    status = "expert_unavailable"

    def __init__(self, feature: str, package: str, *, extra: str | None = None) -> None:
        wanted = f"sightline[{extra}]" if extra else package
        super().__init__(f"{feature} needs {package}: pip install '{wanted}'", package=package, extra=extra)


def error_types() -> dict[str, type[SightlineError]]:
    """All error classes by name; the table by which an error's name crosses the sandbox's pipe."""
    found: dict[str, type[SightlineError]] = {}
    pending: list[type[SightlineError]] = [SightlineError]
    while pending:
        cls = pending.pop()
        found[cls.__name__] = cls
        pending.extend(cls.__subclasses__())
    return found
