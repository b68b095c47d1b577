"""Finds loops that never end: nothing leaves them, and their condition or what they go over has no end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .report import Issue

__all__ = ["loop_issues"]

_ENDLESS = frozenset(("count", "cycle", "repeat"))


def loop_issues(tree: ast.Module) -> Iterator[Issue]:
    """Loops that never end, and those that may not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.While):
            if _leaves(node.body):
                continue
            if _always_true(node.test):
                yield Issue(
                    line=node.lineno,
                    message="this loop never ends: its condition is always true and nothing leaves it",
                    suggestion="loop over what there is, or break",
                )
            elif _never_changes(node):
                yield Issue(
                    line=node.lineno,
                    message="this loop may never end: nothing in it changes its condition",
                    severity="warning",
                )
        elif isinstance(node, ast.For) and _is_endless(node.iter) and not _leaves(node.body):
            yield Issue(line=node.lineno, message="this loop never ends: there is no end to what it goes over")


def _always_true(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and bool(test.value)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether something in a loop's body can end the loop: a break of its own, a return, a raise, or an error."""
    pending: list[tuple[ast.AST, bool]] = [(statement, True) for statement in body]
    while pending:
        node, own = pending.pop()
        if isinstance(node, ast.Return | ast.Raise | ast.Assert | ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Break) and own:
            return True
        # `next(...)` and the like may raise and so end the loop; that is one way in which people write it.
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("next", "exit", "quit"):
            return True
        if isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.While | ast.For):
            pending += [(child, False) for child in node.body] + [(child, own) for child in node.orelse]
            continue
        pending += [(child, own) for child in ast.iter_child_nodes(node)]
    return False


def _never_changes(loop: ast.While) -> bool:
    parts = list(ast.walk(loop.test))
    if any(isinstance(part, ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr | ast.Await) for part in parts):
        return False
    tested = {part.id for part in parts if isinstance(part, ast.Name)}
    body = [node for statement in loop.body for node in ast.walk(statement)]
    # A list or dict may change without being assigned, a nonlocal through any call.
    stored = {node.id for node in body if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)}
    methods = {node.value.id for node in body if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
    local_calls = any(isinstance(node, ast.Global | ast.Nonlocal) for node in body)
    return bool(tested) and not tested & (stored | methods) and not local_calls


def _is_endless(iterable: ast.expr) -> bool:
    if not isinstance(iterable, ast.Call):
        return False
    function = iterable.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    module = function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
    if name not in _ENDLESS or module != "itertools":
        return False
    return name != "repeat" or len(iterable.args) < 2
