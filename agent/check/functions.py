"""The program's own functions: what a call of one gives, and what is wrong with a call."""

from __future__ import annotations

import ast

from .live import Arguments, Problem
from .types import ANY, Type, join

__all__ = ["OwnFunctions", "own_call_problem"]


class OwnFunctions:
    """What the functions of one program return, as it comes to be known.

    Args:
        tree: the program.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._returns: dict[int, Type] = {}
        self._generators = {id(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _yields(node)}

    def returns(self, function: ast.FunctionDef, value: Type) -> None:
        """A `return` of this value was seen in the function."""
        if id(function) in self._generators:
            value = ANY  # what a call gives is the generator, not what it returns at its end
        self._returns[id(function)] = join((self._returns.get(id(function), frozenset()), value))

    def result(self, function: ast.FunctionDef) -> Type:
        """What a call gives, as far as it is known."""
        return self._returns.get(id(function), ANY)


def _yields(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def own_call_problem(function: ast.FunctionDef, arguments: Arguments) -> Problem | None:
    """What is wrong with a call of a function of the program itself; None when nothing is known to be."""
    taken = function.args
    if arguments.open or taken.vararg or taken.kwarg:
        return None
    names = [argument.arg for argument in [*taken.posonlyargs, *taken.args]]
    required = names[: len(names) - len(taken.defaults)]
    keyword_only = [argument.arg for argument in taken.kwonlyargs]
    given = names[: len(arguments.positional)]
    if len(arguments.positional) > len(names):
        return Problem(f"{function.name} takes {len(names)} arguments, not {len(arguments.positional)}")
    unknown = [name for name in arguments.keywords if name not in [*names, *keyword_only]]
    if unknown:
        return Problem(f"{function.name} has no parameter {unknown[0]}")
    lacking = [name for name in required if name not in given and name not in arguments.keywords]
    return Problem(f"{function.name} is called without {lacking[0]}") if lacking else None
