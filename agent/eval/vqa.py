"""Reads VQAv2 (Goyal et al., 2017, https://arxiv.org/abs/1612.00837) and OK-VQA (Marino et al., 2019,
https://arxiv.org/abs/1906.00067), which share a layout.

A file of questions, a file of annotations with ten answers each, and pictures of COCO:
`v2_OpenEnded_mscoco_val2014_questions.json`, `v2_mscoco_val2014_annotations.json` (without the `v2_` for OK-VQA), and
`val2014/COCO_val2014_000000000042.jpg`, all of them in the folder or under `images/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, first_that_is, listed, parsed

__all__ = ["read"]

_SPLITS = ("val2014", "train2014")
_BEFORE = ("v2_", "")


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order. Raises BadRequest when it is not laid out so, or damaged."""
    wanted = [folder / f"{b}OpenEnded_mscoco_{split}_questions.json" for split in _SPLITS for b in _BEFORE]
    source = first_that_is(wanted, what="questions of VQA", folder=folder)
    truth = source.with_name(source.name.replace("OpenEnded_", "").replace("_questions.json", "_annotations.json"))
    if not truth.is_file():
        raise BadRequest(f"{folder} has no annotations {truth.name}: without answers nothing can be judged")
    annotations = {row.get("question_id"): row for row in listed(truth, "annotations") if isinstance(row, dict)}
    facts = parsed(source)
    split = str(facts.get("data_subtype") or "") if isinstance(facts, dict) else ""
    split = split or next(one for one in _SPLITS if one in source.name)
    items = []
    for row in listed(source, "questions")[:limit]:
        try:
            number = row["question_id"]
            items.append(_item(row, annotations[number], _image(folder, split, int(row["image_id"]))))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise BadRequest(f"a question of {source} is incomplete or has no annotation: {error!r}") from error
    check_media(items, source)
    return DataSet(name="vqa", items=tuple(items), metric="vqa")


def _item(row: Mapping[str, Any], annotation: Mapping[str, Any], image: Path) -> Item:
    answers = tuple(str(one["answer"]) for one in annotation["answers"])
    most = str(annotation.get("multiple_choice_answer") or Counter(answers).most_common(1)[0][0])
    return Item(
        id=str(row["question_id"]),
        asked=Asked(image=image, question=str(row["question"])),
        answer=most.strip().lower(),
        answers=answers,
        family=str(annotation.get("answer_type") or "all"),
    )


def _image(folder: Path, split: str, number: int) -> Path:
    name = f"COCO_{split}_{number:012d}.jpg"
    places = [folder / split / name, folder / "images" / split / name, folder / "images" / name]
    return next((place for place in places if place.is_file()), places[0])
