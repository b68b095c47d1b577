"""The types that the check reasons with: a set of possibilities, or anything.

A type is a frozen set of `Atom`s: the value is one of them. `ANY` says that nothing is known; the empty set that no
value was seen yet. A fault is certain only if every possibility has it, so joining types can only silence, never alarm.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...tools import api

__all__ = [
    "ANY",
    "API_CLASSES",
    "PYTHON_TYPES",
    "Atom",
    "Type",
    "compatible",
    "from_annotation",
    "join",
    "just",
    "named",
]

_MOST_ATOMS = 8
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Atom:
    """One possibility for a value.

    Attributes:
        name: "ImagePatch", "list", "str", "None", ..., "module", "function", "class", or "local", a function of the
            program's own.
        args: types of the elements: one for a list, set or iterator, two for a dict, one per place for a tuple; for
            a method the type of the value that it is bound to.
        size: how many elements, where that is known.
        target: the live function or class that a "function" or "class" stands for, the definition of a "local".
    """

    name: str
    args: tuple[Type, ...] = ()
    size: int | None = None
    target: Any = None


Type = frozenset[Atom] | None
ANY: Type = None

API_CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        api.ImagePatch,
        api.VideoSegment,
        api.LineSegment,
        api.Person,
        api.Track,
        api.Speech,
        api.Moment,
        api.Motion,
        api.ShownText,
        api.Known,
    )
}
PYTHON_TYPES: dict[str, type] = {cls.__name__: cls for cls in (str, int, float, bool, list, dict, tuple, set, bytes)}
_SEQUENCES = {"list", "tuple", "iterator", "set", "dict"}


def named(name: str, *args: Type, size: int | None = None) -> Type:
    return frozenset((Atom(name, args, size),))


def just(value: Any) -> Type:
    """The type of a literal."""
    if value is None:
        return named("None")
    name = type(value).__name__
    return named(name) if name in PYTHON_TYPES else ANY


def join(kinds: Iterable[Type]) -> Type:
    """Whatever any of them may be."""
    atoms: set[Atom] = set()
    for kind in kinds:
        if kind is None:
            return ANY
        atoms |= kind
    if len(atoms) > _MOST_ATOMS or any(_depth(atom) > _DEEPEST for atom in atoms):
        return ANY
    return frozenset(atoms)


def _depth(atom: Atom) -> int:
    inner = [_depth(part) for arg in atom.args if arg for part in arg]
    return 1 + max(inner, default=0)


def from_annotation(annotation: Any) -> Type:
    """The type that a resolved annotation of the program API means."""
    if annotation is None or annotation is type(None):
        return named("None")
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return join(from_annotation(arg) for arg in args)
    if origin is typing.Literal:
        return join(just(arg) for arg in args)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return named("list", from_annotation(args[0]))
        return named("tuple", *(from_annotation(arg) for arg in args), size=len(args))
    if origin is not None:
        name = getattr(origin, "__name__", "").lower()
        if name in ("list", "set", "dict"):
            return named(name, *(from_annotation(arg) for arg in args))
        return named("iterator", from_annotation(args[0])) if name == "iterator" else ANY
    if isinstance(annotation, type) and annotation.__name__ in {**API_CLASSES, **PYTHON_TYPES}:
        return named(annotation.__name__)
    return ANY


def compatible(given: Type, wanted: Type) -> bool:
    """False only when no possibility of `given` can be taken for `wanted`."""
    if not given or not wanted:
        return True
    return any(_fits(atom, other) for atom in given for other in wanted)


def _fits(given: Atom, wanted: Atom) -> bool:
    if given.name in _SEQUENCES and wanted.name in _SEQUENCES:
        elements = given.args[0] if len(given.args) == 1 else ANY
        return compatible(elements, wanted.args[0] if len(wanted.args) == 1 else ANY)
    if wanted.name == "float":
        return given.name in ("float", "int", "bool")
    if wanted.name == "bool":
        return True  # anything has a truth value
    if wanted.name == "int":
        return given.name in ("int", "bool", "float")
    return given.name == wanted.name
