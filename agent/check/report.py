"""What the check found: issues, and an estimate of what the program will cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Issue", "Report", "Severity"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Issue:
    """One finding.

    Attributes:
        line: 1-based line of the program, 0 for the program as a whole.
        message: what is wrong.
        suggestion: what to do about it, None where nothing better than the message can be said.
        severity: "error" when the line must fail if it is reached, "warning" when it may.
    """

    line: int
    message: str
    suggestion: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        advice = f" ({self.suggestion})" if self.suggestion else ""
        return f"{where}{self.message}{advice}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of the check of one program.

    Attributes:
        issues: in the order of lines.
        estimated_calls: expert calls if every branch and loop is gone through.
        capabilities: what the program asks experts for.
    """

    issues: tuple[Issue, ...]
    estimated_calls: int
    capabilities: frozenset[str]

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.severity == "error")

    @property
    def text(self) -> str:
        """The errors, one per line, as feedback for whoever wrote the program."""
        return "\n".join(str(issue) for issue in self.errors)
