"""What a program is given: the name of its function, its inputs, the API and the modules."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache

from ...prompts.request import MediaKind
from ...sandbox.worker.modules import IMPORTABLE
from ...sandbox.worker.namespace import program_names
from .live import api_types
from .types import Type, join, named

__all__ = ["FUNCTION", "INPUTS", "MODULES", "given_names", "given_types", "parameter_types"]

FUNCTION = "execute_command"
INPUTS = ("image", "video", "images", "possible_answers", "query", "earlier")
MODULES = frozenset(name for name in IMPORTABLE if "." not in name)


@cache
def given_names() -> frozenset[str]:
    """What a program finds without defining it: exactly what the sandbox puts there, and its inputs."""
    names = program_names(printer=print)
    return frozenset(names) | frozenset(names["__builtins__"]) | frozenset(INPUTS)


def given_types(kind: MediaKind) -> dict[str, Type]:
    """The types of the names that a program finds, as far as they are known."""
    modules = {name: named("module") for name in (*MODULES, "np")}
    return {**modules, **_input_types(kind), kind: _media(kind), **api_types()}


def parameter_types(function: ast.FunctionDef, kind: MediaKind) -> Mapping[str, Type]:
    """The types of the parameters of the program's function, which is called with the inputs."""
    names = [argument.arg for argument in function.args.args]
    # Published programs take the API itself as parameters.
    given = {name: known for name, known in {**_input_types(kind), **api_types()}.items() if name in names}
    if names and names[0] not in given:
        given[names[0]] = _media(kind)
    return given


def _media(kind: MediaKind) -> Type:
    return named("ImagePatch") if kind == "image" else named("VideoSegment")


def _input_types(kind: MediaKind) -> dict[str, Type]:
    answers = join((named("list", named("str")), named("None")))
    patches = named("list", named("ImagePatch"))
    return {
        "possible_answers": answers,
        "query": named("str"),
        "images": named("list", _media(kind)),
        "earlier": patches,
    }
