"""The names of a program and the types they may have, scope within scope."""

from __future__ import annotations

from .types import ANY, Type

__all__ = ["Scope"]


class Scope:
    """The names of a module, function, class, lambda or comprehension."""

    def __init__(self, parent: Scope | None) -> None:
        # As in Python, what is inside a class does not see the names of the class's body.
        self.parent: Scope | None = parent.parent if parent is not None and parent.of_class else parent
        self.of_class: bool = False
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
