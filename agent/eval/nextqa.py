"""Reads NExT-QA (Xiao et al., 2021, https://arxiv.org/abs/2105.08276), multiple choice or open.

`val.csv` (or test, or train) with the columns video, question, answer, qid and type, and a0 to a4 where there is a
choice (the answer is then a number); `map_vid_vidorID.json` says where under `videos/` a video lies, without it they
lie there by their own number. In the open form `add_reference_answer_test.json` may hold second answers, and answers
to questions for a number or for yes and no are right or wrong, not near.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, csv_rows, first_that_is, parsed

__all__ = ["read"]

_KINDS = {"C": "causal", "T": "temporal", "D": "descriptive"}
_LITERAL = ("DB", "DC")  # yes or no, and numbers


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order. Raises BadRequest when it is not laid out so, or damaged."""
    places = [folder / f"{split}.csv" for split in ("val", "test", "train")]
    source = first_that_is(places, what="questions of NExT-QA", folder=folder)
    where = _optional(folder / "map_vid_vidorID.json")
    more = _optional(folder / "add_reference_answer_test.json") if source.stem == "test" else {}
    items, chosen = [], True
    for number, row in enumerate(islice(csv_rows(source), limit)):
        try:
            chosen = "a0" in row
            video = folder / "videos" / f"{where.get(row['video'], row['video'])}.mp4"
            options = tuple(row[f"a{k}"] for k in range(5)) if chosen else None
            answer = options[int(row["answer"])] if options else row["answer"]
            second = (more.get(row["video"]) or {}).get(row["qid"])
            items.append(
                Item(
                    id=f"{row['video']}_{row['qid']}",
                    asked=Asked(image=video, question=_sentence(row["question"]), options=options),
                    answer=answer,
                    answers=(answer, str(second)) if second else (answer,),
                    family=_KINDS.get(row["type"][:1], row["type"]),
                    literal=row["type"] in _LITERAL,
                )
            )
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise BadRequest(f"row {number} of {source} is incomplete: {error!r}") from error
    check_media(items, source)
    return DataSet(name="nextqa", items=tuple(items), metric="choice" if chosen else "wups")


def _sentence(question: str) -> str:
    question = question.strip()
    return question if question.endswith("?") else f"{question}?"


def _optional(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    found = parsed(path)
    if not isinstance(found, dict):
        raise BadRequest(f"{path} holds no table")
    return found
