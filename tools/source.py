"""Python source as a syntax tree and as code, from several threads at once.

CPython counts how deep a syntax tree is in one place for the whole interpreter (3.11 and 3.12: gh-106905), so that two
threads that convert one at the same time can end in `SystemError: AST constructor recursion depth mismatch`. Whoever
parses a program does it here, one after the other. It is used inside the sandbox's worker too, so it imports nothing
else of the project.
"""

from __future__ import annotations

import ast
import threading
from types import CodeType

__all__ = ["code_of", "syntax_tree"]

_converting = threading.Lock()


def syntax_tree(source: str, filename: str = "<unknown>") -> ast.Module:
    """As `ast.parse`. Raises SyntaxError, ValueError, RecursionError, MemoryError as it does."""
    with _converting:
        return ast.parse(source, filename)


def code_of(tree: ast.Module, filename: str) -> CodeType:
    """The code object of a module's tree. Raises as `compile` does."""
    with _converting:
        code: CodeType = compile(tree, filename, "exec", dont_inherit=True)
    return code
