"""Training batches: which examples, mirrored or not, in which light.

Batch k is a pure function of (seed, k) and of how many examples there are, so a resumed run sees exactly what an
uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from .loss import Batch
from .shards import Examples
from .targets import Example, flipped, heat_map

__all__ = ["batch_in_turn", "batch_of", "chosen", "training_batch"]


def chosen(seed: int, step: int, size: int, count: int) -> list[int]:
    """The numbers of the examples in batch `step`: every example once before any comes again."""
    numbers = []
    for k in range(step * size, (step + 1) * size):
        epoch, place = divmod(k, count)
        numbers.append(int(np.random.default_rng((seed, 1, epoch)).permutation(count)[place]))
    return numbers


def training_batch(examples: Examples, seed: int, step: int, size: int) -> Batch:
    """Batch `step` with mirrored and relit pictures."""
    rng = np.random.default_rng((seed, 2, step))
    picked = []
    for number in chosen(seed, step, size, len(examples)):
        one = examples[number]
        picked.append(flipped(one) if rng.random() < 0.5 else one)
    batch = batch_of(picked)
    gain = np.exp(rng.normal(0, 0.06, (size, 1, 1, 1))) * np.exp(rng.normal(0, 0.02, (size, 3, 1, 1)))
    lift = rng.normal(0, 0.015, (size, 1, 1, 1))
    batch.pictures.mul_(torch.from_numpy(gain.astype(np.float32))).add_(torch.from_numpy(lift.astype(np.float32)))
    return batch


def batch_in_turn(folders: Sequence[Examples], seed: int, step: int, size: int) -> Batch:
    """Batch `step` of several folders, whose pictures may differ in size: each gives one in its turn."""
    turn, folder = divmod(step, len(folders))
    return training_batch(folders[folder], seed, turn, size)


def batch_of(examples: list[Example]) -> Batch:
    """Stack examples as they are."""
    owner = np.repeat(np.arange(len(examples)), [one.count for one in examples])

    def listed(rows: list[NDArray[np.generic]]) -> torch.Tensor:
        return torch.from_numpy(np.concatenate(rows))

    pixels = torch.from_numpy(np.ascontiguousarray(np.stack([one.pixels for one in examples])))
    return Batch(
        pictures=pixels.permute(0, 3, 1, 2).float().div_(255),
        heat=torch.from_numpy(np.stack([heat_map(one) for one in examples])),
        owner=torch.from_numpy(owner),
        attributes=listed([one.attributes[: one.count] for one in examples]),
        boxes=listed([one.boxes[: one.count] for one in examples]),
        centers=listed([one.centers[: one.count] for one in examples]),
        ground=listed([one.ground[: one.count] for one in examples]),
        depth=listed([one.depth[: one.count] for one in examples]),
    )
