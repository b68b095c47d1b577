"""Rendered crops on disk: scenes in which most things carry print, cut into one crop a thing, with what each says.

Shard k of a folder holds the crops of scenes k * n to (k + 1) * n of one seed. Each is written under another name and
renamed when whole, so rendering can be stopped and taken up again, and training may use what is ready.

    python -m sightline.tools.mllm.reader.renders --out DIR --seed S --scenes N
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest, SightlineError
from ..scenes.camera import Camera
from ..scenes.decals import PRINTABLE, room
from ..scenes.labels import Printed
from ..scenes.lettering import FONTS
from ..scenes.looks import plain_look, varied_look
from ..scenes.placement import place
from ..scenes.render import render
from ..scenes.stream import Recipe, beyond, camera_for
from ..scenes.truth import Sample
from ..scenes.world import COLOR_RGB, Label, Thing
from .crops import Pixels, cut
from .texts import any_text

__all__ = ["Rendered", "lettered", "main", "printed_scene", "render_crops", "said"]

_PER_SHARD = 50  # scenes
_WIDTHS = (256, 320, 320, 400, 480)  # px of pictures
_RECIPE = Recipe(plain_share=0.35, pattern_share=0.35, backdrop_share=0.25, lamp_share=0.3, extra_shape_share=0.12)
_PRINTED = 0.85  # of things that can carry print
_CONTRAST = 2.7  # least, between ink and what lies under it (as WCAG 2 defines it)
_LEAST_SEEN_PX = 40.0  # of a thing
_READABLE = (2.8, 5.0, 0.92, 12.0)  # letter width and height px, share visible, contrast: from here it is to be read
_HOPELESS = (1.8, 3.5)  # letter width or height px below which there is nothing to read
_WANDER = 0.03  # standard deviation of a box's edges, in its sides

Texts = Callable[[np.random.Generator, int], str]  # a text of at most so many characters


@dataclass(frozen=True, slots=True)
class Rendered:
    """Crops with what they say."""

    pixels: Pixels  # (N, HIGH, WIDE, 3)
    texts: tuple[str, ...]  # '' where nothing can be read

    def __len__(self) -> int:
        return len(self.texts)


def lettered(rng: np.random.Generator, thing: Thing, camera: Camera, texts: Texts = any_text) -> Thing:
    """The thing with a text on it in any two colours that differ enough, looking towards the camera or nearly so."""
    text = texts(rng, 5 if thing.size == "small" else 8)
    font = FONTS[rng.integers(len(FONTS))]
    on_paper = thing.material == "metal" or rng.random() < 0.55
    paper = _color(rng) if on_paper else None
    red, green, blue = COLOR_RGB[thing.color]
    under = (red / 255, green / 255, blue / 255) if paper is None else paper
    while _contrast(ink := _color(rng), under) < _CONTRAST:
        if rng.random() < 0.02:  # on some papers nothing stands out
            ink = (0.02, 0.02, 0.02) if _light(under) > 0.2 else (0.95, 0.95, 0.95)
            break
    towards = np.arctan2(camera.position[1] - thing.y, camera.position[0] - thing.x)
    label = Label(
        text=text,
        font=font,
        ink=ink,
        paper=paper,
        height=room(thing.shape, text, font) * float(rng.uniform(0.65, 1.0)),
        facing=float(towards + rng.uniform(-0.35, 0.35)),
        rise=PRINTABLE[thing.shape][2],
    )
    return replace(thing, label=label)


def printed_scene(seed: int, index: int, texts: Texts = any_text, *, share: float = _PRINTED) -> Sample:
    """Scene `index` of a seed, with print on a share of the things that can carry it."""
    rng = np.random.default_rng((seed, index, 3))
    camera = camera_for(rng, _RECIPE)
    look = plain_look(rng) if rng.random() < _RECIPE.plain_share else varied_look(rng)
    things, look = beyond(rng, place(rng, camera, _RECIPE.rules), camera, look, _RECIPE)
    things = tuple(
        lettered(rng, thing, camera, texts) if thing.shape in PRINTABLE and rng.random() < share else thing
        for thing in things
    )
    width = _WIDTHS[rng.integers(len(_WIDTHS))]
    picture = render(things, camera, look, rng, width=width, height=width * 3 // 4)
    return Sample(seed=seed, index=index, things=things, camera=camera, look=look, picture=picture)


def said(label: Printed | None) -> str | None:
    """What a thing's crop is to be read as: '' without print or with hopeless print, None where it is moot."""
    if label is None or label.visible < 0.05:
        return ""
    wide, tall = label.letter_px
    if wide >= _READABLE[0] and tall >= _READABLE[1]:
        return label.text.lower() if label.visible >= _READABLE[2] and label.contrast >= _READABLE[3] else None
    return "" if wide < _HOPELESS[0] or tall < _HOPELESS[1] else None


def crops_of(sample: Sample, rng: np.random.Generator) -> Rendered:
    """The crops of a scene that have a right reading, cut as roughly as a detector would."""
    labels = {label.thing: label for label in sample.labels}
    boxes: list[NDArray[np.float32]] = []
    texts: list[str] = []
    for k, box in enumerate(sample.boxes):
        text = said(labels.get(k))
        if text is None or sample.picture.samples[k] < _LEAST_SEEN_PX * sample.picture.samples_per_pixel:
            continue
        sides = np.tile(box[2:] - box[:2], 2)
        boxes.append((box + sides * rng.normal(0, _WANDER, 4)).astype(np.float32))
        texts.append(text)
    return Rendered(cut(sample.pixels, boxes), tuple(texts))


def render_crops(folder: Path, seed: int, scenes: int) -> None:
    """Render until the folder holds the crops of at least so many scenes, going on where an earlier run stopped.

    Raises: BadRequest when the folder was begun with another seed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / "seed.txt"
    if card.exists() and card.read_text() != str(seed):
        raise BadRequest(f"{folder} was begun with another seed; render into a new folder.")
    card.write_text(str(seed))
    for shard in range(-(-scenes // _PER_SHARD)):
        path = folder / f"{shard:05d}.npz"
        if path.exists():
            continue
        made = [
            crops_of(printed_scene(seed, index), np.random.default_rng((seed, index, 4)))
            for index in range(shard * _PER_SHARD, (shard + 1) * _PER_SHARD)
        ]
        unfinished = folder / "unfinished.npz"
        texts = np.array([text for one in made for text in one.texts])
        np.savez(unfinished, pixels=np.concatenate([one.pixels for one in made]), texts=texts)
        os.replace(unfinished, path)


def _color(rng: np.random.Generator) -> tuple[float, float, float]:
    kind = rng.random()
    if kind < 0.25:
        return (0.02, 0.02, 0.02)
    if kind < 0.45:
        return (0.95, 0.95, 0.95)
    red, green, blue = (float(v) ** 1.5 for v in rng.random(3))
    return (red, green, blue)


def _light(color: Sequence[float]) -> float:
    return 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]


def _contrast(a: Sequence[float], b: Sequence[float]) -> float:
    low, high = sorted((_light(a) + 0.05, _light(b) + 0.05))
    return high / low


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sightline.tools.mllm.reader.renders", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=2000)
    options = parser.parse_args(arguments)
    try:
        render_crops(options.out, options.seed, options.scenes)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
