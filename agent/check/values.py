"""What one gets out of values of known types: their elements, items, sums, and how many there are."""

from __future__ import annotations

import ast

from .types import ANY, API_CLASSES, Atom, Type, join, named

__all__ = ["arithmetic", "can_be_looped_over", "element_of", "elements_of", "item", "size_of", "unpacked"]

_SINGLE = frozenset((*API_CLASSES, "int", "float", "bool", "function"))  # values without elements


def can_be_looped_over(atom: Atom) -> bool:
    """False only where going over the value is sure to fail."""
    return atom.name not in _SINGLE


def element_of(atom: Atom) -> Type:
    """What one gets by going over one possibility of a value."""
    if atom.name == "str":
        return named("str")
    if atom.name in ("list", "set", "iterator") and len(atom.args) == 1:
        return atom.args[0]
    if atom.name == "tuple" and atom.args:
        return join(atom.args)
    if atom.name == "dict" and len(atom.args) == 2:
        return atom.args[0]
    return ANY


def elements_of(kind: Type) -> Type:
    """What one gets by going over a value."""
    return ANY if kind is None else join(element_of(atom) for atom in kind)


def size_of(kind: Type) -> int | None:
    """How many elements a value has at most, where that is known."""
    sizes = [atom.size for atom in kind or () if atom.size is not None]
    return max(sizes, default=None)


def item(atom: Atom, index: ast.expr) -> Type:
    """What one gets by indexing one possibility of a value."""
    if atom.name == "str":
        return named("str")
    if isinstance(index, ast.Slice):
        return named(atom.name, *atom.args) if atom.name == "list" else ANY
    if atom.name == "tuple":
        position = index.value if isinstance(index, ast.Constant) and isinstance(index.value, int) else None
        return atom.args[position] if position is not None and position < len(atom.args) else ANY
    if atom.name == "dict":
        return atom.args[1] if len(atom.args) == 2 else ANY
    return atom.args[0] if atom.args else ANY


def unpacked(kind: Type, index: int, target: ast.Tuple | ast.List) -> Type:
    """What a target in an unpacking gets."""
    if kind is None or any(isinstance(part, ast.Starred) for part in target.elts):
        return ANY
    return join(
        atom.args[index] if atom.name == "tuple" and index < len(atom.args) else element_of(atom) for atom in kind
    )


def arithmetic(op: ast.operator, left: Type, right: Type) -> Type:
    """What an operation on two values gives."""
    if left is None or right is None:
        return ANY
    names = {atom.name for atom in left | right}
    if names and names <= {"int", "float", "bool"}:
        return join((named("int"), named("float")))
    if isinstance(op, ast.Add) and names == {"str"}:
        return named("str")
    if isinstance(op, ast.Add) and names == {"list"}:
        elements = [atom.args[0] if atom.args else ANY for atom in left | right]
        return named("list", join(elements))
    return ANY
