"""Reads questions of one's own: `questions.jsonl` in a folder, one JSON object a line.

`image`, `video` or `media` (a path from the folder), `question`, `answer` (a text, number or truth value, or a list of
what several people said), and perhaps `options`, `box` (x1, y1, x2, y2 in pixels, y down, in place of an answer),
`family` and `id`. Questions are scored as boxes where all have one, as a choice where all have options, by VQA's rule
where some have several answers, and else by equality.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item, Metric
from .files import check_media, json_lines

__all__ = ["read"]


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order. Raises BadRequest when a line is incomplete or a picture missing."""
    source = folder / "questions.jsonl"
    items = []
    for number, row in enumerate(json_lines(source, limit)):
        try:
            items.append(_item(folder, number, row))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRequest(f"question {number} of {source} is incomplete: {error!r}") from error
    check_media(items, source)
    return DataSet(name="jsonl", items=tuple(items), metric=_metric(items))


def _item(folder: Path, number: int, row: Mapping[str, Any]) -> Item:
    media = row.get("image") or row.get("video") or row["media"]
    options, box = row.get("options"), row.get("box")
    given = row.get("answer", "" if box is not None else None)
    answers = tuple(_said(one) for one in given) if isinstance(given, list) else (_said(given),)
    asked = Asked(
        image=folder / str(media),
        question=str(row["question"]),
        options=None if options is None else tuple(str(option) for option in options),
    )
    x1, y1, x2, y2 = (float(value) for value in box) if box is not None else (0.0, 0.0, 0.0, 0.0)
    return Item(
        id=str(row.get("id", number)),
        asked=asked,
        answer=Counter(answers).most_common(1)[0][0],
        answers=answers,
        family=str(row.get("family", "all")),
        box=None if box is None else (x1, y1, x2, y2),
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float):
        raise TypeError(f"an answer is a text or a number, not {value!r}")
    return str(value).strip()


def _metric(items: Sequence[Item]) -> Metric:
    if items and all(item.box is not None for item in items):
        return "box"
    if items and all(item.asked.options for item in items):
        return "choice"
    return "vqa" if any(len(item.answers) > 1 for item in items) else "exact"
