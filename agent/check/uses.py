"""Judges the uses of values: what an attribute, an item, an element of a value is, and which uses must fail.

The values come with their types: nothing here looks into expressions. None is never held against a value, since
programs make sure of that in more ways than the check follows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from .findings import Findings
from .live import PYTHON_METHODS, attribute_names, attribute_of, has_attribute
from .types import ANY, API_CLASSES, Atom, Type, join
from .values import can_be_looped_over, element_of, item
from .wording import in_words, near, spelt

__all__ = ["Uses"]

_API_ATTRIBUTES = frozenset(name for cls in API_CLASSES for name in attribute_names(Atom(cls)))
_INDEXABLE = frozenset(("list", "tuple", "str", "dict", "bytes"))


class Uses:
    """The uses of values in one program.

    Args:
        tree: the program.
        findings: takes what is wrong.
    """

    def __init__(self, tree: ast.Module, findings: Findings) -> None:
        self._findings = findings
        self._own_attributes = set(_attributes_made(tree))

    def element(self, node: ast.AST, kind: Type) -> Type:
        """What one gets by going over a value."""
        if kind is None:
            return ANY
        usable = [element_of(atom) for atom in kind if can_be_looped_over(atom)]
        if kind and not usable:
            names = {atom.name for atom in kind}
            advice = None
            if "VideoSegment" in names:
                advice = "loop over its frame_iterator()"
            elif "function" in names:
                advice = "call it: add ()"
            self._findings.report(node, f"{in_words(kind)} cannot be looped over", advice)
        return join(usable) if usable else ANY

    def attribute(self, node: ast.Attribute, kind: Type) -> Type:
        """What an attribute of a value is."""
        if kind is None:
            self._doubt_attribute(node)
            return ANY
        possible = _without_none(kind)
        there = [attribute_of(atom, node.attr) for atom in possible if has_attribute(atom, node.attr)]
        if possible and not there:
            message = f"{in_words(frozenset(possible))} has no attribute {node.attr}"
            self._findings.report(node, message, _instead(possible, node.attr))
        return join(there) if there else ANY

    def _doubt_attribute(self, node: ast.Attribute) -> None:
        """Of a value that may be anything: doubtful only where the name is one of the API's, misspelt."""
        name = node.attr
        known = name in PYTHON_METHODS or name in _API_ATTRIBUTES or name in self._own_attributes
        close = None if known or name.startswith("_") else near(name, _API_ATTRIBUTES)
        if close:
            self._findings.report(node, f"attribute {name} may not exist", close, severity="warning")

    def item(self, node: ast.Subscript, kind: Type) -> Type:
        """What one gets by indexing a value."""
        if kind is None:
            return ANY
        possible = _without_none(kind)
        names = {atom.name for atom in possible}
        if names & {"module", "class", "local"}:
            return ANY
        results = [item(atom, node.slice) for atom in possible if atom.name in _INDEXABLE]
        if possible and not results:
            advice = None
            if "VideoSegment" in names:
                advice = "use frame_from_index(i)"
            elif "iterator" in names:
                advice = "make a list of it first"
            elif "function" in names:
                advice = "call it: use ()"
            self._findings.report(node, f"{in_words(frozenset(possible))} cannot be indexed", advice)
        return join(results) if results else ANY

    def truth(self, node: ast.expr, kind: Type) -> None:
        """A value is taken for true or false."""
        if _is_method(kind):
            message = f"{spelt(node)} is a method, which is always true"
            self._findings.report(node, message, "call it: add ()", severity="warning")

    def operand(self, node: ast.expr, kind: Type) -> None:
        """A value is calculated with, or compared by order."""
        if _is_method(kind):
            self._findings.report(node, f"{spelt(node)} is a method, not its result", "call it: add ()")
        elif kind and all(atom.name in API_CLASSES for atom in kind):
            patch = any(atom.name == "ImagePatch" for atom in kind)
            advice = "use one of its attributes, such as horizontal_center" if patch else None
            self._findings.report(node, f"{in_words(kind)} cannot be calculated with or compared", advice)


def _without_none(kind: frozenset[Atom]) -> list[Atom]:
    return [atom for atom in kind if atom.name != "None"]


def _is_method(kind: Type) -> bool:
    return bool(kind) and all(atom.name == "function" for atom in kind or ())


def _instead(atoms: Sequence[Atom], name: str) -> str | None:
    """What may have been meant by an attribute that does not exist."""
    for atom in atoms:
        if atom.name in ("list", "iterator"):
            inner = [part for part in (atom.args[0] if atom.args and atom.args[0] else ()) if part.name in API_CLASSES]
            if any(name in attribute_names(part) for part in inner):
                return "take one of its elements, or go through them in a loop"
        if atom.name == "VideoSegment" and name in attribute_names(Atom("ImagePatch")):
            return "ask a frame of it: frame_from_index(i), or each of its frame_iterator()"
    return near(name, {known for atom in atoms for known in attribute_names(atom)})


def _attributes_made(tree: ast.Module) -> Iterator[str]:
    """Names of attributes that the program gives to objects of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ClassDef):
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id
                elif isinstance(part, ast.FunctionDef):
                    yield part.name
