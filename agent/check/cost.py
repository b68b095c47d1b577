"""Estimates how many expert calls a program makes if it goes through every branch and loop.

Loops over frames count as many times as there are sampled frames, over literals as many as they hold, over what an
expert found a guessed few. It is an estimate for people and for a warning, not a limit: the sandbox keeps the budget.
"""

from __future__ import annotations

import ast

from .facts import Facts
from .given import FUNCTION

__all__ = ["estimated_calls"]

_GUESSED_FINDS = 5  # how many things an expert finds, when the program does not say
_GUESSED_TURNS = 10  # how often a while loop turns
_MOST = 1_000_000  # beyond this the number says nothing more


def estimated_calls(tree: ast.Module, facts: Facts) -> int:
    """The estimate for the whole program."""
    return _Counter(facts).program(tree)


class _Counter:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[int, int] = {}
        self._running: set[int] = set()

    def program(self, tree: ast.Module) -> int:
        total = sum(self._count(node) for node in tree.body)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == FUNCTION:
                total += self._function(node)
        return min(total, _MOST)

    def _function(self, node: ast.FunctionDef) -> int:
        if id(node) in self._running:
            return 0  # recursion: its depth is unknown, count it once
        if id(node) not in self._known:
            self._running.add(id(node))
            self._known[id(node)] = min(sum(self._count(statement) for statement in node.body), _MOST)
            self._running.discard(id(node))
        return self._known[id(node)]

    def _count(self, node: ast.AST) -> int:
        match node:
            case ast.FunctionDef():
                return 0  # counted where it is called
            case ast.For():
                turns = self._turns(node, node.iter)
                inside = sum(self._count(child) for child in node.body)
                return self._count(node.iter) + turns * inside + sum(self._count(child) for child in node.orelse)
            case ast.While():
                inside = self._count(node.test) + sum(self._count(child) for child in node.body)
                return _GUESSED_TURNS * inside
            case ast.If():
                branches = (sum(map(self._count, node.body)), sum(map(self._count, node.orelse)))
                return self._count(node.test) + max(branches)
            case ast.IfExp():
                return self._count(node.test) + max(self._count(node.body), self._count(node.orelse))
            case ast.Lambda():
                size = self._facts.sizes.get(id(node))
                return (_GUESSED_FINDS if size is None else size) * self._count(node.body)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.generators, [node.elt])
            case ast.DictComp():
                return self._comprehension(node.generators, [node.key, node.value])
        own = int(isinstance(node, ast.Call) and id(node) in self._facts.capabilities)
        if id(node) in self._facts.locals:
            own += self._function(self._facts.locals[id(node)])
        return own + sum(self._count(child) for child in ast.iter_child_nodes(node))

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> int:
        inside = sum(self._count(result) for result in results)
        for generator in reversed(generators):
            inside += sum(self._count(condition) for condition in generator.ifs)
            inside = self._turns(generator, generator.iter) * inside + self._count(generator.iter)
        return min(inside, _MOST)

    def _turns(self, owner: ast.AST, iterable: ast.expr) -> int:
        known = self._facts.sizes.get(id(owner))
        if known is not None:
            return known
        counted = _constant_range(iterable)
        return _GUESSED_FINDS if counted is None else counted


def _constant_range(node: ast.expr) -> int | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"):
        return None
    values = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, int)]
    if not values or len(values) != len(node.args) or len(values) > 3 or (len(values) == 3 and values[2] == 0):
        return None
    return len(range(*values))
