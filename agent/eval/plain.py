"""Reads questions of one's own: `questions.jsonl` in a folder, one JSON object a line.

`image`, `video` or `media` (a path from the folder), `question`, `answer` (a text, number or truth value, or a list of
what several people said), and perhaps `options`, `box` or `boxes` (x1, y1, x2, y2 in pixels, y down, in place of an
answer), `family`, `id` and `metric`. Without a metric questions are scored as boxes where all have them, as a choice
where all have options, by VQA's rule where some have several answers, and else by equality; `metric` asks for another:
"text" (captions and free answers), "transcript" (what is said), "ranking" (the answer is a list of what is wanted among
the options), "wups", or one of the others by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast, get_args

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item, Metric
from .files import check_media, json_lines

__all__ = ["read"]


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order. Raises BadRequest when a line is incomplete or a picture missing."""
    source = folder / "questions.jsonl"
    items: list[Item] = []
    asked_for: set[str | None] = set()
    for number, row in enumerate(json_lines(source, limit)):
        try:
            items.append(_item(folder, number, row))
            asked_for.add(row.get("metric"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRequest(f"question {number} of {source} is incomplete: {error!r}") from error
    check_media(items, source)
    return DataSet(name="jsonl", items=tuple(items), metric=_named(asked_for, source) or _metric(items))


def _item(folder: Path, number: int, row: Mapping[str, Any]) -> Item:
    media = row.get("image") or row.get("video") or row["media"]
    options, box, boxes = row.get("options"), row.get("box"), row.get("boxes")
    given = row.get("answer", None if box is None and boxes is None else "")
    answers = tuple(_said(one) for one in given) if isinstance(given, list) else (_said(given),)
    asked = Asked(
        image=folder / str(media),
        question=str(row["question"]),
        options=None if options is None else tuple(str(option) for option in options),
    )
    return Item(
        id=str(row.get("id", number)),
        asked=asked,
        answer=Counter(answers).most_common(1)[0][0],
        answers=answers,
        family=str(row.get("family", "all")),
        box=None if box is None else _box(box),
        boxes=tuple(_box(one) for one in boxes or ()),
    )


def _box(given: Sequence[Any]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in given)
    return (x1, y1, x2, y2)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        raise TypeError(f"an answer is a text or a number, not {value!r}")
    return str(value).strip()


def _named(asked_for: set[str | None], source: Path) -> Metric | None:
    """The metric that the lines ask for."""
    if len(asked_for) != 1:
        raise BadRequest(f"the lines of {source} ask for different metrics: all questions of a set are scored alike")
    (name,) = asked_for
    if name is not None and name not in get_args(Metric):
        raise BadRequest(f"{source} asks for the metric {name!r}: there are {', '.join(get_args(Metric))}")
    return cast(Metric | None, name)


def _metric(items: Sequence[Item]) -> Metric:
    if all(item.box is not None for item in items):
        return "box"
    if all(item.boxes for item in items):
        return "boxes"
    if all(item.asked.options for item in items):
        return "choice"
    return "vqa" if any(len(item.answers) > 1 for item in items) else "exact"
