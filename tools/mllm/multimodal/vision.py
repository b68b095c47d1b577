"""Vision encoders: pixels to visual tokens.

`objects` gives one token to each thing that the detector finds: the feature from which it described the thing, and the
place; what is printed on a thing is read by the print reader and gives a token to each letter. `grid` gives one to each
cell of the picture, as LLaVA does: the detector's coarse map, averaged over cells. Both use the detector's trunk,
trained before and kept as it is. A pretrained encoder of another library is in `pretrained`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ..detector.detector import Detector
from ..detector.found import Found
from ..reader.reader import PrintReader
from .config import ModelConfig
from .scene import MOST_SEEN, Scene, Seen
from .visual import GEOMETRY, Letters, Visual, of_scenes

__all__ = ["Grid", "Looked", "Objects", "VisionEncoder", "encoder_for", "seen_in"]

Pixels = NDArray[np.uint8]  # (H, W, 3)


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture as the encoder left it: what it found, and the features (tokens, C) that the model reads."""

    scene: Scene
    features: torch.Tensor
    letters: tuple[torch.Tensor, ...] = ()  # per thing the features (letters, C) of its print; empty: none anywhere


class VisionEncoder(ABC):
    """Looks at pictures once; what it saw can be asked about many times."""

    width: int  # channels of its features

    @abstractmethod
    def look(self, pictures: Sequence[Pixels]) -> list[Looked]:
        """What is in each picture."""

    def read(self, looked: Looked, pixels: Pixels) -> Looked:
        """What was found in a picture, with what is printed on it, for an encoder that reads."""
        return looked

    @abstractmethod
    def visual(self, groups: Sequence[Sequence[Looked]]) -> Visual:
        """The tokens of questions, each about one or several pictures."""


class Objects(VisionEncoder):
    """One token a thing, and one a letter where there is a reader."""

    def __init__(self, detector: Detector, reader: PrintReader | None = None) -> None:
        self.detector, self.reader = detector, reader
        self.width = detector.net.config.hidden + (0 if detector.closer is None else detector.closer.config.hidden)

    def look(self, pictures: Sequence[Pixels]) -> list[Looked]:
        looked = []
        for found, pixels in zip(self.detector.detect_all(pictures), pictures, strict=True):
            one = seen_in(found, pixels.shape[1], pixels.shape[0])
            looked.append(self.read(one, pixels))
        return looked

    def read(self, looked: Looked, pixels: Pixels) -> Looked:
        if self.reader is None or not looked.scene.things:
            return looked
        height, width = pixels.shape[:2]
        corners = np.array([one.box for one in looked.scene.things]).reshape(-1, 2, 2) * (width, height)
        first = np.minimum(corners[:, 0], (width - 1, height - 1))
        boxes = np.concatenate([first, np.maximum(corners[:, 1], first + 1)], 1)  # at least a pixel of the picture
        prints = self.reader.read(pixels, boxes.astype(np.float32))
        things = [replace(one, text=print_.text) for one, print_ in zip(looked.scene.things, prints, strict=True)]
        letters = tuple(torch.from_numpy(print_.features) for print_ in prints)
        return replace(looked, scene=Scene(tuple(things)), letters=letters)

    def visual(self, groups: Sequence[Sequence[Looked]]) -> Visual:
        if not any(one.scene.things for group in groups for one in group):
            nothing = of_scenes([[one.scene for one in group] for group in groups])
            return Visual(
                content=torch.zeros(*nothing.content.shape[:2], self.width),
                geometry=nothing.geometry,
                pointers=nothing.pointers,
                depth_ranks=nothing.depth_ranks,
                pictures=nothing.pictures,
                present=nothing.present,
                letters=nothing.letters,
            )
        return of_scenes(
            [[one.scene for one in group] for group in groups],
            [[one.features for one in group] for group in groups],
            [[one.letters or [torch.zeros(0)] * len(one.scene.things) for one in group] for group in groups],
        )


class Grid(VisionEncoder):
    """One token a cell; the scene is what the detector finds, for judging only."""

    def __init__(self, detector: Detector, rows: int, columns: int) -> None:
        self.detector, self.rows, self.columns = detector, rows, columns
        self.width = detector.net.config.coarse

    def look(self, pictures: Sequence[Pixels]) -> list[Looked]:
        maps = self.detector.maps(pictures)
        cells = (F.adaptive_avg_pool2d(one[None], (self.rows, self.columns))[0] for one in maps)
        return [Looked(Scene(()), cell.flatten(1).T.contiguous()) for cell in cells]

    def visual(self, groups: Sequence[Sequence[Looked]]) -> Visual:
        cells, most = self.rows * self.columns, max(map(len, groups))
        content = torch.zeros(len(groups), most * cells, self.width)
        pictures = torch.arange(most).repeat_interleave(cells).expand(len(groups), -1)
        present = torch.zeros(len(groups), most * cells, dtype=torch.bool)
        for b, group in enumerate(groups):
            for k, one in enumerate(group):
                content[b, k * cells : (k + 1) * cells] = one.features
                present[b, k * cells : (k + 1) * cells] = True
        row, column = torch.arange(cells) // self.columns, torch.arange(cells) % self.columns
        left, top = column / self.columns, row / self.rows
        box = torch.stack([left, top, left + 1 / self.columns, top + 1 / self.rows], 1) * 2 - 1
        geometry = torch.cat([box, torch.zeros(cells, GEOMETRY - 4)], 1).repeat(most, 1)
        return Visual(
            content=content,
            geometry=geometry.expand(len(groups), -1, -1) * present[..., None],
            pointers=torch.full((len(groups), most * cells), -1),
            depth_ranks=torch.zeros(len(groups), most * cells, dtype=torch.int64),
            pictures=pictures.contiguous(),
            present=present,
            letters=Letters.none(len(groups)),
        )


def seen_in(found: Sequence[Found], width: int, height: int) -> Looked:
    """What a detector found in a picture of such a size, from left to right."""
    ordered = sorted(found[:MOST_SEEN], key=lambda one: one.ground[0])
    scene = Scene(
        tuple(
            Seen(
                attributes=one.attributes,
                box=(one.box[0] / width, one.box[1] / height, one.box[2] / width, one.box[3] / height),
                ground=one.ground,
                depth=one.depth,
            )
            for one in ordered
        )
    )
    return Looked(scene, torch.from_numpy(np.array([one.feature for one in ordered], np.float32)))


def encoder_for(config: ModelConfig, detector: Detector, reader: PrintReader | None = None) -> VisionEncoder:
    """The encoder that a configuration names, over a detector; `objects` also reads, with a reader."""
    if config.vision == "objects":
        return Objects(detector, reader)
    return Grid(detector, *config.grid)
