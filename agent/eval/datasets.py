"""Questions with known answers about pictures, as every reader of a data set gives them, and which readers there are.

A reader is a function from a folder to items; a new data set is a module with one, and a line in `_READERS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest

__all__ = ["Asked", "DataSet", "Item", "data_set_names", "read_data_set"]

_READERS = {"clevr": "clevr"}  # data set -> module here, whose `read` reads it


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """All that who answers may see."""

    image: Path
    question: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One question with its answer; `family` sorts it for the figures."""

    asked: Asked
    answer: str
    family: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """Items in file order, and the true scene of each picture where the data set has them."""

    name: str
    items: tuple[Item, ...]
    scenes: Mapping[Path, Mapping[str, Any]] = field(default_factory=dict)


def data_set_names() -> list[str]:
    """The data sets that can be read."""
    return sorted(_READERS)


def read_data_set(name: str, folder: Path, *, limit: int | None = None) -> DataSet:
    """Read a folder as that data set, at most `limit` questions.

    Raises:
        BadRequest: when there is no such data set, or the folder does not hold one.
    """
    if name not in _READERS:
        near = difflib.get_close_matches(name, _READERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(data_set_names())}"
        raise BadRequest(f"there is no data set {name!r}: {hint}")
    if limit is not None and limit < 1:
        raise BadRequest(f"a limit is a positive number of questions, not {limit}")
    read: Callable[[Path, int | None], DataSet] = import_module(f".{_READERS[name]}", __package__).read
    return read(folder, limit)
