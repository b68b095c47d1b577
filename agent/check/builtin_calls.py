"""What Python's own functions give, as far as the check needs it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from .types import ANY, Type, join, named
from .values import elements_of, size_of

__all__ = ["builtin_result", "keyed_by"]

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


def builtin_result(name: str, positional: Sequence[Type], keywords: Mapping[str, Type]) -> Type:
    """The type of a call of a Python function by name; ANY where nothing is known."""
    if name in _FIXED:
        return named(_FIXED[name])
    first = positional[0] if positional else ANY
    size = size_of(first)
    element = elements_of(first)
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
            parts = [elements_of(kind) for kind in positional]
            return named("iterator", named("tuple", *parts, size=len(parts)), size=size)
        case "range":
            return named("iterator", named("int"))
        case "filter" if len(positional) == 2:
            return named("iterator", elements_of(positional[1]))
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
