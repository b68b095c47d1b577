"""Follows the types of a program's values and reports what must fail: unknown attributes, wrong calls, wrong loops.

The inference is blind to order: a variable may be all that is ever assigned to it. It is repeated until nothing
changes and then once more to report. A value that could be anything is never reported; a fault that a `try` may be
there to catch becomes a warning.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from ...prompts.request import MediaKind
from .calls import Calls
from .expressions import Expressions
from .facts import Facts
from .findings import Findings
from .functions import OwnFunctions
from .given import FUNCTION, given_types, parameter_types
from .report import Issue
from .scopes import Scope, Scopes
from .statements import Statements
from .types import Type
from .uses import Uses

__all__ = ["Inferred", "infer"]

_MOST_PASSES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """What the inference found wrong, and what it saw on its way."""

    issues: tuple[Issue, ...]
    facts: Facts


def infer(tree: ast.Module, *, kind: MediaKind, frames: int) -> Inferred:
    """Infer the types of one program.

    Args:
        tree: the program.
        kind: what its first parameter is.
        frames: how many frames of a video are sampled.
    """

    def parameters(function: ast.FunctionDef) -> Mapping[str, Type]:
        called_with_inputs = function.name == FUNCTION and function in tree.body
        return parameter_types(function, kind) if called_with_inputs else {}

    facts, findings, scopes, functions = Facts(), Findings(), Scopes(tree), OwnFunctions(tree)
    calls = Calls(functions=functions, findings=findings, facts=facts, frames=frames)
    expressions = Expressions(scopes=scopes, uses=Uses(tree, findings), calls=calls, findings=findings, facts=facts)
    statements = Statements(
        expressions=expressions, scopes=scopes, functions=functions, findings=findings, parameters=parameters
    )
    given = Scope(None)
    given.names.update(given_types(kind))
    module = Scope(given)
    for _ in range(_MOST_PASSES):
        statements.visit(tree.body, module)
        if scopes.settled():
            findings.start()
            statements.visit(tree.body, module)
            break
    # Types that do not settle say nothing for certain: then nothing is reported.
    return Inferred(issues=tuple(findings.issues.values()), facts=facts)
