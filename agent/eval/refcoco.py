"""Reads RefCOCO, RefCOCO+ and RefCOCOg (Yu et al., 2016, https://arxiv.org/abs/1608.00272) as published by `refer`.

`refs(unc).p`, `refs(umd).p` or `refs(google).p` and `instances.json`; pictures of COCO in `images/` or `train2014/`.
The splits val, testA, testB and test are read where they are there, else train. The first is a pickle: it is read by an
unpickler that makes lists, dicts, texts and numbers and refuses everything else, so that it cannot run code.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ...tools.errors import BadRequest
from .datasets import Asked, DataSet, Item
from .files import check_media, first_that_is, listed

__all__ = ["read"]

_MAKERS = ("unc", "umd", "google")


class _PlainData(pickle.Unpickler):
    """Reads plain data alone."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, and only plain data is read")


def read(folder: Path, limit: int | None = None) -> DataSet:
    """One item for each expression, in file order. Raises BadRequest when it is not laid out so, or damaged."""
    source = first_that_is([folder / f"refs({m}).p" for m in _MAKERS], what="references of RefCOCO", folder=folder)
    refs = _refs(source)
    try:
        boxes = {row["id"]: row["bbox"] for row in listed(folder / "instances.json", "annotations")}
        names = {row["id"]: row["file_name"] for row in listed(folder / "instances.json", "images")}
    except (KeyError, TypeError) as error:
        raise BadRequest(f"{folder / 'instances.json'} is incomplete: {error!r}") from error
    judged = [ref for ref in refs if isinstance(ref, dict) and ref.get("split") != "train"]
    items: list[Item] = []
    for ref in judged or refs:
        try:
            left, top, width, height = (float(value) for value in boxes[ref["ann_id"]])
            image = _image(folder, str(names[ref["image_id"]]))
            for sentence in ref["sentences"]:
                items.append(
                    Item(
                        id=f"{ref['ref_id']}_{sentence['sent_id']}",
                        asked=Asked(image=image, question=str(sentence["sent"])),
                        answer=str(sentence["sent"]),
                        family=str(ref["split"]),
                        box=(left, top, left + width, top + height),
                    )
                )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRequest(f"a reference of {source} is incomplete: {error!r}") from error
    items = items[:limit]
    check_media(items, source)
    return DataSet(name="refcoco", items=tuple(items), metric="box")


def _refs(source: Path) -> list[Mapping[str, Any]]:
    try:
        # The published files were written by Python 2, whose texts are bytes of UTF-8.
        found = _PlainData(io.BytesIO(source.read_bytes()), encoding="utf-8").load()
    except Exception as error:  # a damaged pickle fails in any way
        raise BadRequest(f"{source} cannot be read as a pickle of plain data: {error}") from error
    if not isinstance(found, list):
        raise BadRequest(f"{source} holds no list of references")
    return found


def _image(folder: Path, name: str) -> Path:
    places = [folder / "images" / name, folder / "train2014" / name, folder / "images" / "train2014" / name]
    return next((place for place in places if place.is_file()), places[0])
