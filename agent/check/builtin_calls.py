"""What Python's own functions give, as far as the check needs it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from .types import ANY, Atom, Type, join, named

__all__ = ["builtin_result", "element_of", "keyed_by"]

_FIXED = {
    "len": "int",
    "int": "int",
    "float": "float",
    "str": "str",
    "bool": "bool",
    "any": "bool",
    "all": "bool",
    "isinstance": "bool",
    "hasattr": "bool",
    "repr": "str",
    "chr": "str",
    "ord": "int",
}
# Values that one cannot go over.
_SINGLE = frozenset(
    (
        "ImagePatch",
        "VideoSegment",
        "LineSegment",
        "Person",
        "Track",
        "Speech",
        "Moment",
        "int",
        "float",
        "bool",
        "function",
    )
)


def element_of(atom: Atom) -> Type | str:
    """The type of what one gets by going over a value, or a text when one cannot."""
    if atom.name in _SINGLE:
        return "no elements"
    if atom.name == "str":
        return named("str")
    if atom.name in ("list", "set", "iterator") and len(atom.args) == 1:
        return atom.args[0]
    if atom.name == "tuple" and atom.args:
        return join(atom.args)
    if atom.name == "dict" and len(atom.args) == 2:
        return atom.args[0]
    return ANY


def builtin_result(name: str, positional: Sequence[Type], keywords: Mapping[str, Type]) -> Type:
    """The type of a call of a Python function by name; ANY where nothing is known."""
    if name in _FIXED:
        return named(_FIXED[name])
    first = positional[0] if positional else ANY
    size = max((atom.size for atom in first or () if atom.size is not None), default=None)
    element = _elements(first)
    match name:
        case "list" | "sorted":
            return named("list", element if positional else ANY, size=size)
        case "tuple":
            return named("list", element, size=size) if positional else ANY
        case "set" | "frozenset":
            return named("set", element if positional else ANY)
        case "reversed" | "iter":
            return named("iterator", element, size=size)
        case "enumerate":
            return named("iterator", named("tuple", named("int"), element, size=2), size=size)
        case "zip" if positional:
            parts = [_elements(kind) for kind in positional]
            return named("iterator", named("tuple", *parts, size=len(parts)), size=size)
        case "range":
            return named("iterator", named("int"))
        case "filter" if len(positional) == 2:
            return named("iterator", _elements(positional[1]))
        case "map":
            return named("iterator", ANY)
        case "next":
            return join((element, positional[1])) if len(positional) > 1 else element
        case "min" | "max" if len(positional) == 1:
            return join((element, keywords["default"])) if "default" in keywords else element
        case "min" | "max":
            return join(positional) if positional else ANY
    return ANY


def keyed_by(node: ast.Call, positional: Sequence[Type], receiver: Type) -> Type:
    """What the elements handed to a lambda in this call come from; ANY where that is not known."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "sort":
        return receiver
    if not isinstance(function, ast.Name):
        return ANY
    if function.id in ("sorted", "min", "max") and len(positional) == 1:
        return positional[0]
    if function.id in ("map", "filter") and len(positional) == 2:
        return positional[1]
    return ANY


def _elements(kind: Type) -> Type:
    if kind is None:
        return ANY
    elements = [element_of(atom) for atom in kind]
    return join(ANY if isinstance(element, str) else element for element in elements)
