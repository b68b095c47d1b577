"""Training batches: sketches made on the way, and rendered crops as far as they are ready.

Batch k is a function of seed, k and the rendered crops in the folder; sketches are new in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .crops import Pixels
from .renders import Rendered
from .sketches import sketch
from .spacing import columns_of
from .texts import encoded

__all__ = ["Batch", "Prints", "training_batch"]

_WITH_TEXT = 0.75  # of the rendered crops of a batch
_EASY_STEPS = 4000  # at first short texts in large letters, fewer and fewer: letters are learned before their wear


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops and their texts, ready for the net."""

    crops: Tensor  # (N, 3, HIGH, WIDE) uint8
    tint: Tensor  # (N, 3, 1, 1) to multiply them with
    columns: Tensor  # (N, COLUMNS) what each column is to say, MOOT where that is not known
    numbers: Tensor  # the characters of all texts in a row
    lengths: Tensor  # (N,)

    def __len__(self) -> int:
        return len(self.lengths)

    def to(self, device: torch.device) -> Batch:
        """The same on another device; texts stay where the loss wants them."""
        crops, tint, columns = (part.to(device) for part in (self.crops, self.tint, self.columns))
        return Batch(crops, tint, columns, self.numbers, self.lengths)


class Prints:
    """The rendered crops of a folder; shard 0 is kept to judge and is never learned from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shards: list[Rendered] = []
        self._read: set[str] = set()
        self.held: Rendered | None = None
        self.grow()

    def grow(self) -> None:
        """Take in what has been rendered since."""
        for path in sorted(self.folder.glob("[0-9]*.npz")):
            if path.name in self._read:
                continue
            self._read.add(path.name)
            with np.load(path) as file:
                one = Rendered(file["pixels"], tuple(str(text) for text in file["texts"]))
            if path.stem == "00000":
                self.held = one
            else:
                self._shards.append(one)

    def __len__(self) -> int:
        return sum(map(len, self._shards))

    def draw(self, rng: np.random.Generator, count: int) -> list[tuple[Pixels, str]]:
        """So many crops at random, most of them with text; fewer shards mean more repeats."""
        found: list[tuple[Pixels, str]] = []
        while self._shards and len(found) < count:
            shard = self._shards[rng.integers(len(self._shards))]
            row = int(rng.integers(len(shard)))
            if bool(shard.texts[row]) == (len(found) < _WITH_TEXT * count):
                found.append((shard.pixels[row], shard.texts[row]))
        return found


def training_batch(
    prints: Prints | None, seed: int, step: int, size: int, *, rendered_share: float, knows: bool = False
) -> Batch:
    """Batch `step`: a share of it rendered, the rest sketched, all in lights of their own.

    The first ones are easy, and all sketched, for a net that does not yet know its letters.
    """
    rng = np.random.default_rng((seed, step, 6))
    ease = 0.0 if knows else max(0.0, 1 - step / _EASY_STEPS)
    drawn = [] if prints is None else prints.draw(rng, round(size * rendered_share * (1 - ease)))
    sketched = [sketch(seed, step * size + number, ease=ease) for number in range(size - len(drawn))]
    numbers = [encoded(text) for text in (*(text for _, text in drawn), *(one.text for one in sketched))]
    pixels = np.stack([*(pixels for pixels, _ in drawn), *(one.pixels for one in sketched)])
    unknown = [columns_of(text, None) for _, text in drawn]
    return Batch(
        crops=torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))),
        tint=torch.from_numpy(np.exp(rng.normal(0, 0.08, (size, 3, 1, 1))).astype(np.float32)),
        columns=torch.from_numpy(np.stack([*unknown, *(one.columns for one in sketched)])),
        numbers=torch.tensor([one for row in numbers for one in row], dtype=torch.int64),
        lengths=torch.tensor([len(row) for row in numbers], dtype=torch.int64),
    )
