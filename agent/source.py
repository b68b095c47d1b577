"""Parsing a program that a model wrote, without the remarks that Python would print about it."""

from __future__ import annotations

import ast
import warnings

from ..tools.source import syntax_tree

__all__ = ["FILENAME", "parse"]

FILENAME = "<program>"

# Python remarks on `x is 1` and the like on standard error, once for each time that it compiles; what matters of it the
# check says itself. Only sources of this name are meant.
warnings.filterwarnings("ignore", category=SyntaxWarning, module=FILENAME)
warnings.filterwarnings("ignore", category=DeprecationWarning, module=FILENAME)


def parse(source: str) -> ast.Module:
    """The syntax tree.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse` does.
    """
    return syntax_tree(source, FILENAME)
