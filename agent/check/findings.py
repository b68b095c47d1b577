"""Where the inference puts what it finds wrong, and how sure it is at the place it has come to.

Nothing is kept before `start`: as long as the types have not settled, what looks wrong may turn out right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from .report import Issue, Severity

__all__ = ["Findings"]


class Findings:
    """The issues of one program, one for each line and message."""

    def __init__(self) -> None:
        self.issues: dict[tuple[int, str], Issue] = {}
        self._started = False
        self._doubts = 0

    def start(self) -> None:
        """Keep what is reported from now on."""
        self._started = True

    @contextmanager
    def doubtful(self, *, when: bool = True) -> Iterator[None]:
        """Code that is there to catch a fault, or that knows more about its values: faults in it are warnings."""
        self._doubts += when
        yield
        self._doubts -= when

    @contextmanager
    def certain(self) -> Iterator[None]:
        """The body of a function, which runs elsewhere than where it is defined."""
        doubts, self._doubts = self._doubts, 0
        yield
        self._doubts = doubts

    def report(
        self, node: ast.AST, message: str, suggestion: str | None = None, *, severity: Severity = "error"
    ) -> None:
        if not self._started:
            return
        line = getattr(node, "lineno", 0)
        if self._doubts:
            severity = "warning"
        key = (line, message)
        if key not in self.issues or severity == "error":
            self.issues[key] = Issue(line=line, message=message, suggestion=suggestion, severity=severity)
