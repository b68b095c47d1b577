"""Questions with known answers about pictures, as every reader of a data set gives them, and which readers there are.

A reader is a function from a folder to items; a new data set is a module with one, and a line in `_READERS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from ...tools.errors import BadRequest

__all__ = ["Asked", "DataSet", "Item", "Metric", "data_set_names", "read_data_set"]

# data set -> module here, whose `read` reads it
_READERS = {
    "clevr": "clevr",
    "egoschema": "egoschema",
    "gqa": "gqa",
    "jsonl": "plain",
    "nextqa": "nextqa",
    "okvqa": "vqa",
    "refcoco": "refcoco",
    "refcoco+": "refcoco",
    "refcocog": "refcoco",
    "vqav2": "vqa",
}

Metric = Literal["exact", "gqa", "vqa", "choice", "box", "boxes", "wups", "text", "transcript", "ranking"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """All that who answers may see: a picture or video, a question, and the options of a multiple choice."""

    image: Path
    question: str
    options: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One question with its answer.

    Attributes:
        answer: the right one, in words; of several the one that most people gave.
        family: sorts it for the figures.
        id: what the data set calls it, by which two runs are compared.
        answers: all that people gave, one for each person, where there are several; of a ranking, all that is wanted.
        box: the right region, (x1, y1, x2, y2) in pixels, y down, for questions about where something is.
        boxes: all right regions, for questions about where all of something are.
        literal: whether just these words are right, where the data set else counts nearness.
        entailed: ids of the questions whose answers follow from this one's.
    """

    asked: Asked
    answer: str
    family: str
    id: str = ""
    answers: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    literal: bool = False
    entailed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """Items in file order, how they are scored, and the true scene of each picture where the data set has them."""

    name: str
    items: tuple[Item, ...]
    metric: Metric = "exact"
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
    return replace(read(folder, limit), name=name)
