"""The live program API as the check sees it: what an attribute is, what a call takes, gives and asks experts for.

Read from the classes by `inspect` and `typing`, so that the check cannot drift from the code.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ...prompts.members import FREE, api_members, public_names
from ...tools import api
from .types import ANY, API_CLASSES, PYTHON_TYPES, Atom, Type, compatible, from_annotation, join, named
from .wording import in_words

__all__ = [
    "PYTHON_METHODS",
    "Arguments",
    "Problem",
    "api_types",
    "attribute_names",
    "attribute_of",
    "call_problem",
    "capability_of",
    "has_attribute",
    "likely_capability",
    "result_of",
]


PYTHON_METHODS = frozenset(
    name for cls in (str, list, dict, set, tuple, int, float, types.GeneratorType, re.Match) for name in dir(cls)
)


@dataclasses.dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call by their types; `open` when stars hide some of them."""

    positional: Sequence[Type]
    keywords: Mapping[str, Type]
    open: bool


@cache
def api_types() -> Mapping[str, Type]:
    """The types of the API's own names."""
    classes = {cls.__name__: _target("class", cls) for cls in (api.ImagePatch, api.VideoSegment)}
    functions = {
        member.name: _target("function", getattr(api, member.name))
        for member in api_members().values()
        if member.owner == FREE
    }
    return {**classes, **functions}


def _target(kind: str, target: Any) -> Type:
    return frozenset((Atom(kind, target=target),))


@cache
def _attributes(cls: type) -> Mapping[str, Type]:
    hints = typing.get_type_hints(cls, {**vars(api), **vars(inspect.getmodule(cls))})
    found: dict[str, Type] = {name: from_annotation(hint) for name, hint in hints.items() if not name.startswith("_")}
    for name in public_names(cls):
        value = inspect.getattr_static(cls, name, None)
        if isinstance(value, property) and value.fget is not None:
            found[name] = from_annotation(_hints(value.fget).get("return", Any))
        elif inspect.isfunction(value):
            found[name] = frozenset((Atom("function", target=value, args=(named(cls.__name__),)),))
        else:
            found.setdefault(name, ANY)
    return found


def _hints(function: Any) -> dict[str, Any]:
    return typing.get_type_hints(function, {**vars(api), **function.__globals__})


def attribute_names(atom: Atom) -> Iterator[str]:
    """The attributes that a value has, as far as programs may use them."""
    if atom.name in API_CLASSES:
        yield from _attributes(API_CLASSES[atom.name])
    elif atom.name in PYTHON_TYPES:
        yield from (name for name in dir(PYTHON_TYPES[atom.name]) if not name.startswith("_"))


def has_attribute(atom: Atom, name: str) -> bool:
    """False only where one possibility of a value is sure not to have the attribute."""
    if atom.name in API_CLASSES:
        return name in _attributes(API_CLASSES[atom.name])
    if atom.name in PYTHON_TYPES:
        return hasattr(PYTHON_TYPES[atom.name], name)
    if atom.name == "class" and atom.target.__name__ in API_CLASSES:
        return hasattr(atom.target, name)
    return True


def attribute_of(atom: Atom, name: str) -> Type:
    """The type of an attribute of one possibility of a value, ANY where that is not known."""
    return _attributes(API_CLASSES[atom.name]).get(name, ANY) if atom.name in API_CLASSES else ANY


def capability_of(atom: Atom) -> str | None:
    """What a call of this function asks experts for, None for arithmetic."""
    if atom.name != "function":
        return None
    name = atom.target.__qualname__
    member = api_members().get(name)
    return member.capability if member else None


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a call, and whether it is sure to fail."""

    message: str
    certain: bool = True


# These take any value and turn it into a text, so another type is odd but does not fail.
_CONVERTING = frozenset(
    (
        "ImagePatch.best_text_match.prefix",
        "VideoSegment.select_answer.options",
        "VideoSegment.select_answer.question",
        "llm_query.context",
    )
)


def likely_capability(method: str) -> str | None:
    """What a method of that name asks for on a value of unknown type: only where nothing but the API has such a one."""
    if method in PYTHON_METHODS:
        return None
    owners = (attribute_of(Atom(owner), method) for owner in API_CLASSES)
    found = (capability_of(atom) for kind in owners for atom in kind or ())
    return next((capability for capability in found if capability), None)


def call_problem(atom: Atom, arguments: Arguments) -> Problem | None:
    """What is wrong with this call; None when nothing is known to be."""
    signature = _signature(atom)
    if arguments.open:
        return None
    try:
        bound = signature.bind(*arguments.positional, **arguments.keywords)
    except TypeError as error:
        return Problem(f"{_name(atom)}: {error}; it takes {_shown(atom)}")
    if atom.name == "class":
        return _construction_problem(atom, bound)
    hints = _hints(atom.target)
    for name, given in bound.arguments.items():
        wanted = from_annotation(hints.get(name, Any))
        if not compatible(given, wanted):
            message = f"{_name(atom)}: {name} must be {in_words(wanted)}, not {in_words(given)}"
            return Problem(message, certain=f"{atom.target.__qualname__}.{name}" not in _CONVERTING)
    return None


def _construction_problem(atom: Atom, bound: inspect.BoundArguments) -> Problem | None:
    name = atom.target.__name__
    given = next(iter(bound.arguments.values()), ANY)
    if given and all(possibility.name != name for possibility in given):
        return Problem(f"{name} takes {'an image' if name == 'ImagePatch' else 'a video'}, not {in_words(given)}")
    return None


def result_of(atom: Atom, arguments: Arguments) -> Type:
    """What this call gives."""
    if atom.name == "class":
        return named(atom.target.__name__)
    results = []
    for overload in typing.get_overloads(atom.target) or [atom.target]:
        hints = _hints(overload)
        try:
            bound = _bindable(overload, method=bool(atom.args)).bind(*arguments.positional, **arguments.keywords)
        except TypeError:
            continue
        fits = (compatible(given, from_annotation(hints.get(name, Any))) for name, given in bound.arguments.items())
        if all(fits):
            results.append(from_annotation(hints.get("return", Any)))
    return join(results) if results else ANY


def _shown(atom: Atom) -> str:
    """The call as it should be written."""
    parameters = []
    for parameter in _signature(atom).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            continue
        optional = parameter.default is not inspect.Parameter.empty
        parameters.append(f"[{parameter.name}]" if optional else parameter.name)
    return f"({', '.join(parameters)})"


def _signature(atom: Atom) -> inspect.Signature:
    if atom.name == "class":
        return _bindable(atom.target.__init__, method=True)
    return _bindable(atom.target, method=bool(atom.args))


@cache
def _bindable(function: Any, *, method: bool) -> inspect.Signature:
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:]) if method else signature


def _name(atom: Atom) -> str:
    return str(atom.target.__name__)
