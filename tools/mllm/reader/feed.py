"""Training batches: sketches made on the way, and rendered crops as far as they are ready.

Batch k is a function of seed, k and the rendered crops in the folder; sketches are new in every batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .crops import Pixels
from .renders import Rendered
from .sketches import sketch
from .spacing import columns_of
from .texts import encoded

__all__ = ["Ahead", "Batch", "Prints", "training_batch"]

_WITH_TEXT = 0.65  # of the rendered crops of a batch
_EASY_STEPS = 4000  # at first short texts in large letters, fewer and fewer: letters are learned before their wear
_AHEAD = 6  # batches that wait for the net
_GROW_STEPS = 50  # between looks for new rendered crops


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
        return Batch(*(part.to(device) for part in (self.crops, self.tint, self.columns)), self.numbers, self.lengths)


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


def training_batch(prints: Prints | None, seed: int, step: int, size: int, *, rendered_share: float) -> Batch:
    """Batch `step`: a share of it rendered, the rest sketched, all in lights of their own."""
    rng = np.random.default_rng((seed, step, 6))
    ease = max(0.0, 1 - step / _EASY_STEPS)
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


class Ahead:
    """Training batches from step `first` on, made by another process while this one learns."""

    def __init__(self, prints: Path | None, seed: int, size: int, *, first: int, rendered_share: float) -> None:
        # spawned, since a fork of a process that has run threads may hang
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_opened, initargs=(prints,))
        self._make = partial(_made, seed=seed, size=size, rendered_share=rendered_share)
        self._waiting = deque(self._pool.submit(self._make, step) for step in range(first, first + _AHEAD))
        self._next = first + _AHEAD

    def __iter__(self) -> Iterator[Batch]:
        try:
            while True:
                crops, tint, columns, numbers, lengths = map(torch.from_numpy, self._waiting.popleft().result())
                self._waiting.append(self._pool.submit(self._make, self._next))
                self._next += 1
                yield Batch(crops, tint, columns, numbers, lengths)
        finally:
            self._pool.shutdown(cancel_futures=True)


_prints: Prints | None = None  # of the process that makes batches ahead


def _opened(folder: Path | None) -> None:
    global _prints
    torch.set_num_threads(1)
    _prints = None if folder is None else Prints(folder)


def _made(step: int, *, seed: int, size: int, rendered_share: float) -> tuple[NDArray[Any], ...]:
    if _prints is not None and step % _GROW_STEPS == 0:
        _prints.grow()
    batch = training_batch(_prints, seed, step, size, rendered_share=rendered_share)
    # as arrays: tensors would travel through shared memory, which may be small
    return tuple(part.numpy() for part in (batch.crops, batch.tint, batch.columns, batch.numbers, batch.lengths))
