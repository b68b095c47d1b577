"""Reads and writes scenes in the published CLEVR file layout: `scenes.json` beside `images/`.

Every kind of damage becomes a `BadRequest` that names the file or the scene. Written folders have the fuller records
of `truth.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from .truth import Sample
from .world import WORDS

__all__ = ["KnownScene", "KnownThing", "read_pixels", "read_scenes", "write_scenes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownThing:
    """One object of a published scene."""

    attributes: dict[str, str]  # shape, size, color, material
    center_px: tuple[float, float]  # u, v, y down
    depth: float  # world units along the optical axis
    position: tuple[float, float, float]  # world units


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownScene:
    """One published scene and the path of its picture."""

    image: Path
    things: tuple[KnownThing, ...]
    relations: dict[str, list[list[int]]]  # direction -> per thing, which things lie there from it
    directions: dict[str, tuple[float, ...]]


def read_scenes(folder: Path, limit: int | None = None) -> list[KnownScene]:
    """The scenes of a folder, in file order.

    Raises: BadRequest when there is no readable `scenes.json`, or a scene lacks what it needs.
    """
    path = folder / "scenes.json"
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadRequest(f"There is no scenes.json in {folder}; name a folder in the CLEVR layout.") from error
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path} cannot be read as JSON: {error}.") from error
    listed = data.get("scenes") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise BadRequest(f"{path} holds no list of scenes.")
    scenes = []
    for number, record in enumerate(listed[:limit]):
        try:
            scenes.append(_scene(folder, record))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise BadRequest(f"Scene {number} of {path} is incomplete or malformed: {error!r}.") from error
    return scenes


def read_pixels(scene: KnownScene) -> NDArray[np.uint8]:
    """The picture of a scene, (H, W, 3) RGB."""
    from PIL import Image

    try:
        with Image.open(scene.image) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError) as error:
        raise BadRequest(f"The picture {scene.image} cannot be read: {error}.") from error


def write_scenes(folder: Path, samples: Iterable[Sample]) -> int:
    """Write pictures, thing maps and depth maps of samples with their `scenes.json`; returns how many."""
    from PIL import Image

    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "maps").mkdir(exist_ok=True)
    records = []
    for sample in samples:
        name = f"scene_{sample.index:06d}"
        Image.fromarray(sample.pixels).save(folder / "images" / f"{name}.png")
        np.savez_compressed(
            folder / "maps" / f"{name}.npz", things=sample.picture.things, depth=sample.depth.astype(np.float16)
        )
        records.append(sample.record(f"{name}.png"))
    (folder / "scenes.json").write_text(json.dumps({"scenes": records}), "utf-8")
    return len(records)


def _scene(folder: Path, record: dict[str, Any]) -> KnownScene:
    things = []
    for item in record["objects"]:
        attributes = {name: str(item[name]) for name in WORDS}
        for name, words in WORDS.items():
            if attributes[name] not in words:
                raise ValueError(f"unknown {name} {attributes[name]!r}")
        u, v, depth = (float(c) for c in item["pixel_coords"])
        x, y, z = (float(c) for c in item["3d_coords"])
        things.append(KnownThing(attributes=attributes, center_px=(u, v), depth=depth, position=(x, y, z)))
    relations = {str(k): [[int(i) for i in row] for row in rows] for k, rows in record.get("relationships", {}).items()}
    directions = {str(k): tuple(float(c) for c in axis) for k, axis in record.get("directions", {}).items()}
    return KnownScene(
        image=folder / "images" / str(record["image_filename"]),
        things=tuple(things),
        relations=relations,
        directions=directions,
    )
