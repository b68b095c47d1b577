"""Goes through the statements of a program, function bodies too where they are defined, and binds what they bind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from .expressions import Expressions, asks_type
from .findings import Findings
from .functions import OwnFunctions
from .given import MODULES
from .scopes import Scope, Scopes
from .types import ANY, Atom, Type, named
from .values import arithmetic

__all__ = ["Statements"]


class Statements:
    """The statements of one program.

    Args:
        parameters: the types of a function's parameters, by name, as far as they are known.
    """

    def __init__(
        self,
        *,
        expressions: Expressions,
        scopes: Scopes,
        functions: OwnFunctions,
        findings: Findings,
        parameters: Callable[[ast.FunctionDef], Mapping[str, Type]],
    ) -> None:
        self._expressions = expressions
        self._scopes = scopes
        self._functions = functions
        self._findings = findings
        self._parameters = parameters

    def visit(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        expressions = self._expressions
        match node:
            case ast.FunctionDef():
                self._function(node, scope)
            case ast.ClassDef():
                self._scopes.bind(scope, node.name, ANY)
                self.visit(node.body, self._scopes.of(node, scope))
            case ast.Assign():
                value = expressions.type_of(node.value, scope)
                for target in node.targets:
                    expressions.bind(target, value, scope)
            case ast.AnnAssign():
                if node.value is not None:
                    expressions.bind(node.target, expressions.type_of(node.value, scope), scope)
            case ast.AugAssign():
                value = expressions.type_of(node.value, scope)
                before = scope.find(node.target.id) if isinstance(node.target, ast.Name) else ANY
                expressions.bind(node.target, arithmetic(node.op, before, value), scope)
            case ast.For():
                expressions.bind_elements(node, scope, into=scope)
                self.visit(node.body, scope)
                self.visit(node.orelse, scope)
            case ast.While():
                expressions.truth(node.test, scope)
                self.visit(node.body, scope)
                self.visit(node.orelse, scope)
            case ast.If():
                expressions.truth(node.test, scope)
                # Code that asks what a value is knows more than we do.
                with self._findings.doubtful(when=asks_type(node.test)):
                    self.visit(node.body, scope)
                    self.visit(node.orelse, scope)
            case ast.Return():
                if node.value is not None:
                    value = expressions.type_of(node.value, scope)
                    if isinstance(scope.node, ast.FunctionDef):
                        self._functions.returns(scope.node, value)
            case ast.Try():
                with self._findings.doubtful(when=bool(node.handlers)):
                    self.visit(node.body, scope)
                for handler in node.handlers:
                    if handler.name:
                        self._scopes.bind(scope, handler.name, ANY)
                    self.visit(handler.body, scope)
                self.visit(node.orelse, scope)
                self.visit(node.finalbody, scope)
            case ast.With():
                for item in node.items:
                    expressions.type_of(item.context_expr, scope)
                    if item.optional_vars is not None:
                        expressions.bind(item.optional_vars, ANY, scope)
                self.visit(node.body, scope)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self._scopes.bind(scope, alias.asname or alias.name.partition(".")[0], _imported(node, alias))
            case ast.Match():
                self._match(node, scope)
            case _:
                expressions.visit_parts(node, scope)

    def _function(self, node: ast.FunctionDef, scope: Scope) -> None:
        itself = ANY if node.decorator_list else frozenset((Atom("local", target=node),))
        self._scopes.bind(scope, node.name, itself)
        inner = self._scopes.of(node, scope)
        known = self._parameters(node)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            self._scopes.bind(inner, argument.arg, known.get(argument.arg, ANY))
        for star in (node.args.vararg, node.args.kwarg):
            if star is not None:
                self._scopes.bind(inner, star.arg, ANY)
        for default in [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]:
            self._expressions.type_of(default, scope)
        with self._findings.certain():
            self.visit(node.body, inner)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        self._expressions.type_of(node.subject, scope)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                captured = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(captured, str):
                    self._scopes.bind(scope, captured, ANY)
            if case.guard is not None:
                self._expressions.type_of(case.guard, scope)
            with self._findings.doubtful():  # a pattern asks what the value is
                self.visit(case.body, scope)


def _imported(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> Type:
    if isinstance(node, ast.Import) and alias.name.partition(".")[0] in MODULES:
        return named("module")
    return ANY
