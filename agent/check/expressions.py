"""The types of expressions, and what an expression binds on the way.

Goes down the syntax tree and hands what it finds to those who judge it: uses of values to `uses`, calls to `calls`.
Binding is here as well, since expressions bind (`:=`, comprehensions) and targets hold expressions (`a[i] = ...`).
"""

from __future__ import annotations

import ast

from .builtin_calls import builtin_result, keyed_by
from .calls import Calls
from .facts import Facts
from .findings import Findings
from .live import Arguments
from .scopes import Scope, Scopes
from .types import ANY, Type, join, just, named
from .uses import Uses
from .values import arithmetic, size_of, unpacked

__all__ = ["Expressions", "asks_type"]

_CHANGING = frozenset(("append", "extend", "insert", "add", "update", "setdefault"))


def asks_type(test: ast.expr) -> bool:
    """Whether code asks what a value is, and so may know more than the inference."""
    names = {part.id for part in ast.walk(test) if isinstance(part, ast.Name)}
    return bool(names & {"isinstance", "hasattr", "type", "callable", "getattr"})


class Expressions:
    """The expressions of one program."""

    def __init__(self, *, scopes: Scopes, uses: Uses, calls: Calls, findings: Findings, facts: Facts) -> None:
        self._scopes = scopes
        self._uses = uses
        self._calls = calls
        self._findings = findings
        self._facts = facts

    def type_of(self, node: ast.expr, scope: Scope) -> Type:
        """What the expression may be."""
        match node:
            case ast.Constant():
                return just(node.value)
            case ast.Name():
                return scope.find(node.id)
            case ast.NamedExpr():
                value = self.type_of(node.value, scope)
                self.bind(node.target, value, scope)
                return value
            case ast.Attribute():
                return self._uses.attribute(node, self.type_of(node.value, scope))
            case ast.Call():
                return self._call(node, scope)
            case ast.Subscript():
                kind = self.type_of(node.value, scope)
                self.type_of(node.slice, scope)
                return self._uses.item(node, kind)
            case ast.List() | ast.Set() | ast.Tuple():
                return self._display(node, scope)
            case ast.Dict():
                self.visit_parts(node, scope)
                return named("dict", ANY, ANY, size=len(node.values))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Lambda():
                return self._lambda(node, scope, element=ANY)
            case ast.BoolOp():
                with self._findings.doubtful(when=asks_type(node)):
                    return join([self.type_of(value, scope) for value in node.values])
            case ast.UnaryOp(op=ast.Not()):
                self.truth(node.operand, scope)
                return named("bool")
            case ast.UnaryOp():
                operand = self.type_of(node.operand, scope)
                self._uses.operand(node.operand, operand)
                return operand if operand and all(atom.name in ("int", "float") for atom in operand) else ANY
            case ast.BinOp():
                left, right = self.type_of(node.left, scope), self.type_of(node.right, scope)
                if isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv | ast.Pow):
                    self._uses.operand(node.left, left)
                    self._uses.operand(node.right, right)
                return arithmetic(node.op, left, right)
            case ast.Compare():
                return self._comparison(node, scope)
            case ast.IfExp():
                self.truth(node.test, scope)
                with self._findings.doubtful(when=asks_type(node.test)):
                    return join((self.type_of(node.body, scope), self.type_of(node.orelse, scope)))
            case ast.JoinedStr():
                for part in node.values:
                    if isinstance(part, ast.FormattedValue):
                        self.type_of(part.value, scope)
                return named("str")
        self.visit_parts(node, scope)
        return ANY

    def visit_parts(self, node: ast.AST, scope: Scope) -> None:
        """Go through the expressions right inside a node of which nothing more is known."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.type_of(child, scope)

    def truth(self, node: ast.expr, scope: Scope) -> None:
        """Go through an expression that is taken for true or false."""
        self._uses.truth(node, self.type_of(node, scope))

    # -- binding --

    def bind(self, target: ast.expr, kind: Type, scope: Scope) -> None:
        """Assign a value to whatever may stand on the left of an assignment."""
        match target:
            case ast.Name():
                self._scopes.bind(scope, target.id, kind)
            case ast.Starred():
                self.bind(target.value, named("list", ANY), scope)
            case ast.Tuple() | ast.List():
                for index, part in enumerate(target.elts):
                    self.bind(part, unpacked(kind, index, target), scope)
            case ast.Subscript():
                self.type_of(target.value, scope)
                self.type_of(target.slice, scope)
                self._loosen(target.value, scope)
            case ast.Attribute():
                self.type_of(target.value, scope)

    def bind_elements(self, loop: ast.For | ast.comprehension, scope: Scope, *, into: Scope) -> None:
        """Let the target of a loop be what it goes over; note how often it turns."""
        kind = self.type_of(loop.iter, scope)
        self._facts.sizes[id(loop)] = size_of(kind)
        self.bind(loop.target, self._uses.element(loop.iter, kind), into)

    def _loosen(self, node: ast.expr, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            self._scopes.loosen(scope, node.id)

    # -- expressions of several parts --

    def _display(self, node: ast.List | ast.Set | ast.Tuple, scope: Scope) -> Type:
        kinds = [self.type_of(part, scope) for part in node.elts]
        starred = any(isinstance(part, ast.Starred) for part in node.elts)
        size = None if starred else len(kinds)
        if isinstance(node, ast.Tuple) and not starred:
            return named("tuple", *kinds, size=size)
        elements = ANY if starred or not kinds else join(kinds)
        return named("set" if isinstance(node, ast.Set) else "list", elements, size=size)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> Type:
        inner = self._scopes.of(node, scope)
        for index, generator in enumerate(node.generators):
            self.bind_elements(generator, inner if index else scope, into=inner)
            for condition in generator.ifs:
                self.truth(condition, inner)
        if isinstance(node, ast.DictComp):
            self.type_of(node.key, inner)
            self.type_of(node.value, inner)
            return named("dict", ANY, ANY)
        element = self.type_of(node.elt, inner)
        first, *others = node.generators
        size = None if first.ifs or others else self._facts.sizes[id(first)]
        name = {"ListComp": "list", "SetComp": "set"}.get(type(node).__name__, "iterator")
        return named(name, element, size=size)

    def _comparison(self, node: ast.Compare, scope: Scope) -> Type:
        nodes = (node.left, *node.comparators)
        kinds = [self.type_of(side, scope) for side in nodes]
        for index, op in enumerate(node.ops):
            if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                for side in (index, index + 1):
                    self._uses.operand(nodes[side], kinds[side])
        return named("bool") if all(kind is not None for kind in kinds) else ANY

    def _lambda(self, node: ast.Lambda, scope: Scope, *, element: Type) -> Type:
        """Go through a lambda whose first parameter gets `element`."""
        inner = self._scopes.of(node, scope)
        for position, argument in enumerate([*node.args.posonlyargs, *node.args.args]):
            self._scopes.bind(inner, argument.arg, ANY if position else element)
        self.type_of(node.body, inner)
        return ANY

    def _call(self, node: ast.Call, scope: Scope) -> Type:
        function = node.func
        called = self.type_of(function, scope)
        positional = [self._argument(part, scope) for part in node.args]
        named_ones = {part.arg: self._argument(part.value, scope) for part in node.keywords if part.arg is not None}
        self._lambdas(node, positional, scope)
        for part in node.keywords:
            if part.arg is None:
                self._argument(part.value, scope)
        if isinstance(function, ast.Name) and not scope.holds(function.id):
            return builtin_result(function.id, positional, named_ones)
        if isinstance(function, ast.Attribute) and function.attr in _CHANGING:
            self._loosen(function.value, scope)
        starred = any(isinstance(part, ast.Starred) for part in node.args) or len(named_ones) < len(node.keywords)
        return self._calls.result(node, called, Arguments(positional, named_ones, starred))

    def _argument(self, node: ast.expr, scope: Scope) -> Type:
        # Lambdas wait until it is known what the call hands to them.
        return ANY if isinstance(node, ast.Lambda) else self.type_of(node, scope)

    def _lambdas(self, node: ast.Call, positional: list[Type], scope: Scope) -> None:
        """Go through the lambdas among the arguments, which get the elements of what the call goes over."""
        receiver = ANY
        # Only names: anything else was visited already and would be reported twice at the cost of exponential time.
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            receiver = scope.find(node.func.value.id)
        over = keyed_by(node, positional, receiver)
        for part in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(part, ast.Lambda):
                self._facts.sizes[id(part)] = size_of(over)
                self._lambda(part, scope, element=self._uses.element(node, over) if over else ANY)
