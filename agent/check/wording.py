"""How messages name types and expressions, and what they suggest instead of a name."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable

from .types import Atom, Type

__all__ = ["in_words", "near", "spelt"]

_PLURALS = {"str": "texts", "int": "numbers", "float": "numbers", "list": "lists", "bool": "truth values"}
_WORDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "True or False",
    "list": "a list",
    "dict": "a dict",
    "tuple": "a tuple",
    "set": "a set",
    "None": "None",
    "iterator": "an iterator",
    "function": "a function (was it meant to be called?)",
    "class": "a class",
}


def in_words(kind: Type) -> str:
    """A type in words."""
    if not kind:
        return "anything"
    names = {_atom_words(atom) for atom in kind}
    return " or ".join(sorted(names - {"None"} if len(names) > 1 else names))


def _atom_words(atom: Atom) -> str:
    if atom.name == "list" and atom.args and atom.args[0]:
        inner = sorted({part.name for part in atom.args[0]})
        return f"a list of {_PLURALS.get(inner[0], inner[0])}" if len(inner) == 1 else "a list"
    return _WORDS.get(atom.name) or f"{'an' if atom.name[0] in 'AEIOU' else 'a'} {atom.name}"


def spelt(node: ast.expr) -> str:
    """An expression, short."""
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)[:40]


def near(name: str, known: Iterable[str]) -> str | None:
    """ "did you mean ...?", where something is near enough."""
    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"did you mean {matches[0]}?" if matches else None
