"""Reads GQA (Hudson and Manning, 2019, https://arxiv.org/abs/1902.09506).

`testdev_balanced_questions.json` (or val, or train), beside or in `questions/`, and `images/ID.jpg`. A question's
family is its structural type; "query" is open, the others have two answers or few. Where questions name others that
their answers entail, consistency is counted too.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, first_that_is, parsed

__all__ = ["read"]

_FILES = tuple(
    f"{split}_{kind}_questions.json" for kind in ("balanced", "all") for split in ("testdev", "val", "train")
)


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order. Raises BadRequest when it is not laid out so, or damaged."""
    places = [folder / place / name for name in _FILES for place in ("", "questions")]
    source = first_that_is(places, what="questions of GQA", folder=folder)
    questions = parsed(source)
    if not isinstance(questions, dict):
        raise BadRequest(f"{source} holds no questions by id")
    items = []
    for name, row in islice(questions.items(), limit):
        try:
            image = folder / "images" / f"{row['imageId']}.jpg"
            family = str((row.get("types") or {}).get("structural") or "all")
            asked = Asked(image=image, question=str(row["question"]))
            answer = str(row["answer"]).strip().lower()
            entailed = tuple(str(other) for other in row.get("entailed") or () if other != name)
            items.append(Item(id=str(name), asked=asked, answer=answer, family=family, entailed=entailed))
        except (KeyError, TypeError, AttributeError) as error:
            raise BadRequest(f"question {name} of {source} is incomplete or has no answer: {error!r}") from error
    check_media(items, source)
    return DataSet(name="gqa", items=tuple(items), metric="gqa")
