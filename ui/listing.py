"""A program as a listing: each line with whether it ran, which steps it made, and the error that struck there.

Whether a line ran is told for statements only: a comment, a blank line or the head of a function is neither. A
statement over several lines ran when any of its lines did.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..agent.trace import Fault
from ..tools.source import syntax_tree
from .highlight import Word, coloured_lines

__all__ = ["Line", "program_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a program.

    Attributes:
        ran: True or False for a line of a statement, None where it cannot be said.
        calls: numbers of the steps that the line made.
        fault: text of the error at this line, else None.
    """

    number: int
    words: list[Word]
    ran: bool | None
    calls: list[int]
    fault: str | None


def program_lines(
    program: str,
    *,
    executed: Collection[int] | None,
    calls: Iterable[tuple[int, int]] = (),
    fault: Fault | None = None,
) -> list[Line]:
    """The listing of a program.

    Args:
        executed: 1-based numbers of the lines that ran, None when the program never ran.
        calls: (line, step number) of each call.
        fault: what ended the program; shown at its line where it has one.
    """
    if not program.strip():
        return []
    ran = _ran(program, set(executed)) if executed else {}
    made: dict[int, list[int]] = {}
    for line, step in calls:
        made.setdefault(line, []).append(step)
    return [
        Line(
            number=number,
            words=words,
            ran=True if number in made else ran.get(number),
            calls=made.get(number, []),
            fault=f"{fault.type}: {fault.message}" if fault and fault.line == number else None,
        )
        for number, words in enumerate(coloured_lines(program), start=1)
    ]


def _ran(program: str, executed: set[int]) -> dict[int, bool]:
    try:
        tree = syntax_tree(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    owned: dict[int, list[int]] = {}  # first line of a statement -> the lines that are its own
    owner: dict[int, int] = {}
    for node in ast.walk(tree):  # outer before inner, so the innermost statement owns a line in the end
        if isinstance(node, ast.stmt):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                owner[line] = node.lineno
    silent = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) or _is_text(node)
        if isinstance(node, ast.stmt)
    }
    source = program.split("\n")
    for line, first in owner.items():
        if (
            first not in silent
            and line <= len(source)
            and source[line - 1].strip()
            and not _is_comment(source[line - 1])
        ):
            owned.setdefault(first, []).append(line)
    return {line: any(own in executed for own in lines) for lines in owned.values() for line in lines}


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
