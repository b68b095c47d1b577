"""What is left to decide while a program runs: the guards behind attribute access, and builtins made safe.

A program may write attributes of what it made itself: instances of its own classes, the classes, and its functions.
Classes are known as its own because `build_class` made them.
"""

from __future__ import annotations

import _string  # type: ignore[import-not-found]
import builtins
import string
import types
from collections.abc import Callable, Mapping
from typing import Any

from .policy import GUARDED_ATTRIBUTES, attribute_problem

__all__ = ["Guards"]

_MISSING = object()


class Guards:
    """The guards of one program; `sealed` are the classes that it may not inherit from."""

    def __init__(self, sealed: frozenset[type]) -> None:
        self._sealed = sealed
        self._own: set[type] = set()

    # -- classes --

    def build_class(self, body: Callable[..., Any], name: str, *bases: Any, **keywords: Any) -> Any:
        """`class` statements come here."""
        made = builtins.__build_class__(body, name, *bases, **keywords)
        if isinstance(made, type):
            # Looked at when it is made: what stands in the source (`Annotated[ImagePatch, 1]`) is not always the base.
            for base in made.__mro__:
                if base in self._sealed:
                    raise TypeError(f"{base.__name__} cannot be inherited from in programs")
            self._own.add(made)
        return made

    @staticmethod
    def type_of(value: Any, *more: Any) -> Any:
        """`type(value)`, which makes no classes here."""
        if more:
            raise TypeError("type takes one argument in programs")
        kind = type(value)
        if issubclass(kind, type):
            raise TypeError("the type of a class is not available in programs")
        return kind

    # -- reading --

    def read(self, owner: Any, name: str) -> Any:
        """An attribute whose danger depends on its owner."""
        kind = type(owner)
        if name.startswith("_"):
            if kind in self._own or (isinstance(owner, type) and owner in self._own):
                return getattr(owner, name)
            raise AttributeError(f"attribute {name} of {_name(owner)} is not available in programs")
        if name in ("format", "format_map"):
            return self._format_method(owner, name)
        if name == "obj" and isinstance(owner, AttributeError):
            raise AttributeError("attribute obj of an AttributeError is not available in programs")
        if name == "mro" and isinstance(owner, type):
            raise AttributeError("attribute mro of a class is not available in programs")
        if name == "with_traceback" and (
            isinstance(owner, BaseException) or (isinstance(owner, type) and issubclass(owner, BaseException))
        ):
            raise AttributeError("attribute with_traceback of an exception is not available in programs")
        return getattr(owner, name)

    def getattr(self, owner: Any, name: str, default: Any = _MISSING, /) -> Any:
        """The builtin, held to what the source may spell."""
        self._check_name(name)
        try:
            if name in GUARDED_ATTRIBUTES or (name.startswith("_") and name != "__name__"):
                return self.read(owner, name)
            return getattr(owner, name)
        except AttributeError:
            if default is _MISSING:
                raise
            return default

    def hasattr(self, owner: Any, name: str, /) -> bool:
        absent = object()
        return self.getattr(owner, name, absent) is not absent

    @staticmethod
    def _check_name(name: Any) -> None:
        if type(name) is not str:
            raise TypeError("attribute name must be string")
        problem = attribute_problem(name)
        if problem:
            raise AttributeError(problem)

    # -- writing --

    def write(self, owner: Any) -> Any:
        """The owner itself, if the program may change its attributes."""
        kind = type(owner)
        if kind in self._own or (kind is types.FunctionType and owner.__module__ == "__main__"):
            return owner
        if isinstance(owner, type) and owner in self._own:
            return owner
        raise AttributeError(f"attributes of {_name(owner)} cannot be changed in programs")

    def setattr(self, owner: Any, name: str, value: Any, /) -> None:
        self._check_name(name)
        if name.startswith("__"):
            raise AttributeError(f"attribute {name} cannot be changed")
        setattr(self.write(owner), name, value)

    def delattr(self, owner: Any, name: str, /) -> None:
        self._check_name(name)
        delattr(self.write(owner), name)

    # -- str.format --

    def _format_method(self, owner: Any, name: str) -> Any:
        if isinstance(owner, str):
            template = str.__str__(owner)
            if name == "format":
                return lambda *args, **keywords: self._format(template, args, keywords)
            return lambda mapping: self._format(template, (), mapping)
        if isinstance(owner, type) and issubclass(owner, str):
            if name == "format":
                return lambda template, *args, **keywords: self._format(_template(template), args, keywords)
            return lambda template, mapping: self._format(_template(template), (), mapping)
        if type(owner) in self._own or (isinstance(owner, type) and owner in self._own):
            return getattr(owner, name)
        raise AttributeError(f"{_name(owner)} has no attribute {name!r}")

    def _format(self, template: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> str:
        if _walks(template):
            return _Formatter(self.getattr).vformat(template, args, keywords)
        # No field reaches into its value, so the fast one does the same.
        return template.format(*args, **keywords) if type(keywords) is dict else template.format_map(keywords)


class _Formatter(string.Formatter):
    """`str.format` with attribute access through the guard."""

    def __init__(self, read: Callable[[Any, str], Any]) -> None:
        self._read = read

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        first, rest = _string.formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            value = self._read(value, key) if is_attribute else value[key]
        return value, first


def _walks(template: str) -> bool:
    for _, field, spec, _ in _string.formatter_parser(template):
        if field and ("." in field or "[" in field):
            return True
        if spec and "{" in spec and _walks(spec):
            return True
    return False


def _template(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"descriptor 'format' requires a 'str' object but received a {type(value).__name__!r}")
    return str.__str__(value)


def _name(value: Any) -> str:
    if isinstance(value, type):
        return f"class {value.__name__}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    return f"a {type(value).__name__}"
