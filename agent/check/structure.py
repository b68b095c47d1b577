"""What the check can tell without types: whether the function is there, what is refused, and `names` and `loops`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...sandbox.worker.policy import NotAllowed, compile_program
from ..source import FILENAME
from .given import FUNCTION, INPUTS, given_names
from .loops import loop_issues
from .names import name_issues, own_nodes
from .report import Issue

__all__ = ["structure_issues"]


def structure_issues(source: str, tree: ast.Module) -> list[Issue]:
    """Issues of the program as a whole."""
    return [*_entry_issues(tree), *name_issues(tree), *_refused_issues(source), *loop_issues(tree)]


def _entry_issues(tree: ast.Module) -> Iterator[Issue]:
    entries = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == FUNCTION]
    sets_result = any(
        isinstance(node, ast.Name) and node.id == "result" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )
    if not entries and not sets_result:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        misnamed = next(iter(sorted(functions, key=lambda node: node.name != FUNCTION)), None)
        advice = f"define it at the top level as `def {FUNCTION}(image):`"
        if misnamed is not None and misnamed.name != FUNCTION:
            advice = f"rename {misnamed.name} to {FUNCTION}"
        line = misnamed.lineno if misnamed else 0
        yield Issue(line=line, message=f"the program defines no function {FUNCTION}", suggestion=advice)
    for extra in entries[:-1]:
        yield Issue(
            line=extra.lineno,
            message=f"{FUNCTION} is defined more than once; only the last one counts",
            severity="warning",
        )
    for entry in entries[-1:]:
        inner = list(own_nodes(entry))
        ends = any(isinstance(node, ast.Return | ast.Raise | ast.Yield | ast.YieldFrom) for node in inner)
        if not ends:
            yield Issue(
                line=entry.lineno,
                message=f"{FUNCTION} never returns anything",
                suggestion="return the answer, or None when it cannot be told",
            )
        yield from _parameter_issues(entry)
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inner):
            yield Issue(line=entry.lineno, message=f"{FUNCTION} yields; it must return one answer")


def _parameter_issues(entry: ast.FunctionDef) -> Iterator[Issue]:
    """Parameters are filled by name, the rest by order; more than there are inputs stay empty."""
    names = [argument.arg for argument in [*entry.args.posonlyargs, *entry.args.args]]
    required = names[: len(names) - len(entry.args.defaults)]
    unnamed = [name for name in required if name not in given_names()]
    if len(unnamed) > len(INPUTS):
        yield Issue(
            line=entry.lineno,
            message=f"{FUNCTION} takes more parameters than there are inputs",
            suggestion=f"take some of {', '.join(INPUTS)}",
        )


def _refused_issues(source: str) -> Iterator[Issue]:
    """What the sandbox's own compiler refuses; it stops at the first."""
    try:
        compile_program(source, filename=FILENAME, language_wall=True)
    except NotAllowed as error:
        imports = "imported" in str(error)
        advice = "leave the import out: ImagePatch and its like are there without one" if imports else None
        yield Issue(line=error.line or 0, message=str(error), suggestion=advice)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield Issue(line=getattr(error, "lineno", None) or 0, message=f"{type(error).__name__}: {error}")
