"""Reads EgoSchema (Mangalam et al., 2023, https://arxiv.org/abs/2308.09126): long videos, five options each.

`questions.json`, the published `subset_answers.json` and `videos/UID.mp4`. Questions without a published answer are
left out.
"""

from __future__ import annotations

from pathlib import Path

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, first_that_is, listed, parsed

__all__ = ["read"]


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The answered questions of a folder, in file order. Raises BadRequest when it is not laid out so, or damaged."""
    source = first_that_is([folder / "questions.json"], what="questions of EgoSchema", folder=folder)
    known = parsed(first_that_is([folder / "subset_answers.json"], what="answers of EgoSchema", folder=folder))
    items: list[Item] = []
    for row in listed(source, "questions"):
        try:
            if row["q_uid"] not in known or (limit is not None and len(items) >= limit):
                continue
            options = tuple(str(row[f"option {k}"]) for k in range(5))
            video = folder / "videos" / f"{row['q_uid']}.mp4"
            asked = Asked(image=video, question=str(row["question"]), options=options)
            answer = options[int(known[row["q_uid"]])]
            items.append(Item(id=str(row["q_uid"]), asked=asked, answer=answer, family="all"))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadRequest(f"a question of {source} is incomplete: {error!r}") from error
    check_media(items, source)
    return DataSet(name="egoschema", items=tuple(items), metric="choice")
