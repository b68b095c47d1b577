"""The members of the program API, read from the live classes: what each is called, takes, says and asks experts for.

Signatures and docstrings come from `sightline.tools.api` and are never retyped; `topics.toml` beside this file adds the
words that call for a member and the capability it asks for. A public member that the file does not mention is still
found, with the words of its own name. Which members go into a prompt is decided elsewhere.
"""

from __future__ import annotations

import dataclasses
import inspect
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..tools import api
from .similarity import stems

__all__ = ["FREE", "VALUE_CLASSES", "Member", "api_members", "class_doc", "public_names", "value_class_text"]

FREE = ""  # the owner of functions that belong to no class
_CLASSES: tuple[type, ...] = (api.ImagePatch, api.VideoSegment)
_FUNCTIONS = (
    *(api.best_image_match, api.distance, api.bool_to_yesno, api.coerce_to_numeric, api.llm_query),
    api.generate,
)
VALUE_CLASSES: Mapping[str, type] = {
    cls.__name__: cls for cls in (api.LineSegment, api.Person, api.Track, api.Speech, api.Moment)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One method, property or function of the program API.

    Attributes:
        name: as in `ImagePatch.find`, or just the name of a free function.
        owner: the class's name, `FREE` for a function.
        signature: the text after `def`, or the property's name and type.
        doc: the docstring; its first paragraph stands alone.
        capability: what it asks experts for, None when it is arithmetic only.
        core: always told.
        hidden: never told.
        words: stems that call for it.
    """

    name: str
    owner: str
    signature: str
    doc: str
    is_property: bool
    capability: str | None
    core: bool
    hidden: bool
    words: frozenset[str]

    @property
    def short_name(self) -> str:
        return self.name.rpartition(".")[2]


@cache
def api_members() -> Mapping[str, Member]:
    """Every public member by name, in the order of the code."""
    topics = _topics()
    found: dict[str, Member] = {}
    for cls in _CLASSES:
        for name, value in _of(cls):
            if name != "__init__" and name.startswith("_"):
                continue
            if isinstance(value, property) and value.fget is not None and value.fget.__doc__:
                full = f"{cls.__name__}.{name}"
                returns = inspect.signature(value.fget).return_annotation
                text = f"{name}: {returns}"
                found[full] = _member(full, cls.__name__, text, value.fget, topics, is_property=True)
            elif inspect.isfunction(value):
                full = f"{cls.__name__}.{name}"
                text = f"{name}{_signature(value, topics.get(full, {}))}"
                found[full] = _member(full, cls.__name__, text, value, topics)
    for function in _FUNCTIONS:
        name = function.__name__
        found[name] = _member(name, FREE, f"{name}{_signature(function, topics.get(name, {}))}", function, topics)
    return found


def public_names(cls: type) -> Iterator[str]:
    """Names a program may use on an instance: methods, properties and fields."""
    fields = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    annotated = [name for part in _parts(cls) for name in vars(part).get("__annotations__", {})]
    for name in [*fields, *annotated, *(name for name, _ in _of(cls))]:
        if not name.startswith("_"):
            yield name


def _of(cls: type) -> Iterator[tuple[str, Any]]:
    """What stands in a class and in those that it is put together from, in the order of the code."""
    for part in _parts(cls):
        yield from vars(part).items()


def _parts(cls: type) -> list[type]:
    return [part for part in reversed(cls.__mro__) if part is not object]


def class_doc(name: str) -> str:
    """The docstring of ImagePatch or VideoSegment."""
    return next(inspect.cleandoc(cls.__doc__ or "") for cls in _CLASSES if cls.__name__ == name)


def value_class_text(name: str) -> str:
    """A stub of a value class (Track, Person, ...): its sentence, its fields and its properties."""
    cls = VALUE_CLASSES[name]
    summary = inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0]
    rows = [f"class {name}:", f'    """{summary}"""']
    if dataclasses.is_dataclass(cls):
        rows += [f"    {field.name}: {field.type}" for field in dataclasses.fields(cls)]
    for attribute, value in vars(cls).items():
        if isinstance(value, property) and value.fget is not None:
            rows.append(f"    {attribute}: {inspect.signature(value.fget).return_annotation}")
    return "\n".join(rows)


def _topics() -> dict[str, dict[str, Any]]:
    table = tomllib.loads(Path(__file__).with_name("topics.toml").read_text("utf-8"))
    flat: dict[str, dict[str, Any]] = {}
    for name, entry in table.items():
        if name in {cls.__name__ for cls in _CLASSES}:
            flat.update({f"{name}.{inner}": topic for inner, topic in entry.items()})
        else:
            flat[name] = entry
    return flat


def _member(
    name: str,
    owner: str,
    signature: str,
    function: Any,
    topics: dict[str, dict[str, Any]],
    *,
    is_property: bool = False,
) -> Member:
    topic = topics.get(name, {})
    words = topic.get("words", name.rpartition(".")[2].split("_"))
    return Member(
        name=name,
        owner=owner,
        signature=signature,
        doc=inspect.cleandoc(function.__doc__ or ""),
        is_property=is_property,
        capability=topic.get("capability"),
        core=topic.get("core", False),
        hidden=topic.get("hidden", False),
        words=frozenset(stem for word in words for stem in _words_of(word)),
    )


def _words_of(word: str) -> list[str]:
    # Words such as "on" or "at" are dropped from sentences but may call for a member.
    return stems(word) or [word]


class _Raw:
    """Annotations are strings already; `inspect` would put quotes around them."""

    def __init__(self, text: Any) -> None:
        self.text = str(text)

    def __repr__(self) -> str:
        return self.text


def _signature(function: Any, topic: Mapping[str, Any]) -> str:
    signature = inspect.signature(function)
    shown = [
        parameter.replace(annotation=_Raw(parameter.annotation))
        if parameter.annotation is not inspect.Parameter.empty
        else parameter
        for name, parameter in signature.parameters.items()
        if name not in topic.get("aliases", ())
    ]
    returns = signature.return_annotation
    return str(signature.replace(parameters=shown, return_annotation=_Raw(returns)))
