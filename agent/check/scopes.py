"""The names of a program and the types they may have, scope within scope.

Binding only ever adds possibilities to a name, so that going over the program again and again comes to an end.
"""

from __future__ import annotations

import ast

from .types import ANY, Type, join, named

__all__ = ["Scope", "Scopes"]


class Scope:
    """The names of a module, function, class, lambda or comprehension."""

    def __init__(self, parent: Scope | None, node: ast.AST | None = None) -> None:
        # As in Python, what is inside a class does not see the names of the class's body.
        inside_class = parent is not None and isinstance(parent.node, ast.ClassDef)
        self.parent: Scope | None = parent.parent if parent is not None and inside_class else parent
        self.node: ast.AST | None = node
        self.names: dict[str, Type] = {}

    def find(self, name: str) -> Type:
        """The type of what the name stands for, ANY also when nothing holds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return ANY

    def holds(self, name: str) -> bool:
        return name in self.names or (self.parent is not None and self.parent.holds(name))

    def owner(self, name: str) -> Scope:
        """The scope that holds the name, the outermost one when none does."""
        scope = self
        while name not in scope.names and scope.parent is not None:
            scope = scope.parent
        return scope


class Scopes:
    """The scopes of one program, kept from one pass over it to the next.

    Args:
        tree: the program.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._by_node: dict[int, Scope] = {}
        self._learnt = False
        self._shared = {
            name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
        }

    def of(self, node: ast.AST, parent: Scope) -> Scope:
        """The scope that a function, class, lambda or comprehension opens."""
        if id(node) not in self._by_node:
            self._by_node[id(node)] = Scope(parent, node)
        return self._by_node[id(node)]

    def settled(self) -> bool:
        """Whether nothing was learnt since this was asked last."""
        learnt, self._learnt = self._learnt, False
        return not learnt

    def bind(self, scope: Scope, name: str, kind: Type) -> None:
        """Add to what a name of this scope may be."""
        if name in self._shared:
            kind = ANY  # assigned from several scopes
        before = scope.names.get(name, frozenset())
        after = join((before, kind))
        if name not in scope.names or after != before:
            scope.names[name] = after
            self._learnt = True

    def loosen(self, scope: Scope, name: str) -> None:
        """A container that is changed in place may hold anything from then on."""
        for atom in scope.find(name) or ():
            if atom.name in ("list", "dict", "set"):
                self.bind(scope.owner(name), name, named(atom.name, *(ANY for _ in atom.args)))
