"""Reads questions in the layout of CLEVR (Johnson et al., 2017, https://arxiv.org/abs/1612.06890).

Two layouts: the published one (`questions/CLEVR_val_questions.json`, `scenes/CLEVR_val_scenes.json`, `images/val/`) and
a flat one (`questions.jsonl`, `scenes.json`, `images/`). Scenes are needed to judge the planner alone and may be
missing. Where a question names no family, the last step of its functional program does.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, json_lines, listed

__all__ = ["read"]

_SPLITS = ("val", "train", "test")  # the first that is there is read


def read(folder: Path, limit: int | None = None) -> DataSet:
    """The questions of a folder, in file order, and the scenes of their pictures.

    Raises:
        BadRequest: when the folder holds neither layout, a file is damaged, or a question has no answer.
    """
    if (folder / "questions.jsonl").is_file():
        rows = json_lines(folder / "questions.jsonl", limit)
        return _data_set(rows, folder / "images", folder / "scenes.json", folder / "questions.jsonl")
    for split in _SPLITS:
        path = folder / "questions" / f"CLEVR_{split}_questions.json"
        if path.is_file():
            rows = listed(path, "questions")[:limit]
            scenes = folder / "scenes" / f"CLEVR_{split}_scenes.json"
            return _data_set(rows, folder / "images" / split, scenes, path)
    raise BadRequest(
        f"{folder} is no folder in the CLEVR layout: it needs questions.jsonl beside images/, or the published "
        "questions/CLEVR_val_questions.json beside images/val/"
    )


def _data_set(rows: Iterable[Any], images: Path, scenes: Path, source: Path) -> DataSet:
    items = []
    for number, row in enumerate(rows):
        try:
            image = images / str(row.get("image") or row["image_filename"])
            asked = Asked(image=image, question=str(row["question"]))
            name = str(row.get("question_index", number))
            items.append(Item(id=name, asked=asked, answer=_answer(row["answer"]), family=_family(row)))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise BadRequest(f"question {number} of {source} is incomplete or has no answer: {error!r}") from error
    check_media(items, source)
    known = {}
    if scenes.is_file():
        for scene in listed(scenes, "scenes"):
            if isinstance(scene, dict) and "image_filename" in scene:
                known[images / str(scene["image_filename"])] = scene
    return DataSet(name="clevr", items=tuple(items), scenes=known)


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int):
        raise TypeError(f"an answer is a text or a number, not {value!r}")
    return str(value).strip().lower()


def _family(row: Any) -> str:
    if row.get("family"):
        return str(row["family"])
    program = row.get("program") or [{}]
    last = str(program[-1].get("type") or program[-1].get("function") or "")
    if last.startswith("query_"):
        return "query_attribute"
    if last in ("equal_integer", "less_than", "greater_than"):
        return "compare_integer"
    return "compare_attribute" if last.startswith("equal_") else last or "all"
