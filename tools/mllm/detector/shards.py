"""Rendered examples on disk: shards of pictures that a killed run can add to, and that training maps into memory.

Shard k of a folder holds examples k * n to (k + 1) * n of one stream; each is written under another name and renamed
when whole, so a shard that exists is complete. A folder remembers its seed and recipe and refuses to be continued
with others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from copy import copy
from dataclasses import asdict, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadRequest
from ..scenes.stream import Recipe, sample
from .targets import Example, example

__all__ = ["Examples", "render_examples"]

_PER_SHARD = 200
_USUAL = Recipe()
_TRUTH = tuple(field.name for field in fields(Example) if field.name not in ("pixels", "count"))


def render_examples(
    folder: Path,
    seed: int,
    count: int,
    recipe: Recipe = _USUAL,
    *,
    workers: int = 1,
    told: Callable[[int], bool] | None = None,
) -> None:
    """Render until the folder holds at least `count` examples, going on where an earlier run stopped.

    The examples are the same for any number of `workers` (processes). `told` hears the number of examples after each
    shard and may end the work early by returning False.

    Raises: BadRequest when the folder was begun with another seed or recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = json.dumps({"seed": seed, "recipe": asdict(recipe), "per_shard": _PER_SHARD}, sort_keys=True)
    card = folder / "recipe.json"
    if card.exists() and card.read_text() != facts:
        raise BadRequest(f"{folder} was begun with another seed or recipe; render into a new folder.")
    card.write_text(facts)
    lacking = [k for k in range(-(-count // _PER_SHARD)) if not (folder / f"{k:05d}.npz").exists()]
    render = partial(_render_shard, folder, seed, recipe)
    if workers <= 1:
        for shard in lacking:
            render(shard)
            if told is not None and not told((shard + 1) * _PER_SHARD):
                return
        return
    # spawned, since a fork of a process that has run threads may hang
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for shard in pool.map(render, lacking):
            if told is not None and not told((shard + 1) * _PER_SHARD):
                pool.shutdown(cancel_futures=True)
                return


def _render_shard(folder: Path, seed: int, recipe: Recipe, shard: int) -> int:
    made = [example(sample(seed, shard * _PER_SHARD + k, recipe)) for k in range(_PER_SHARD)]
    pixels, truth = folder / f"{shard:05d}.npy", folder / f"{shard:05d}.npz"
    unfinished = folder / f"unfinished-{shard:05d}"
    np.save(unfinished.with_suffix(".npy"), np.stack([one.pixels for one in made]))
    columns: dict[str, Any] = {name: np.stack([getattr(one, name) for one in made]) for name in _TRUTH}
    np.savez(unfinished.with_suffix(".npz"), count=np.array([one.count for one in made]), **columns)
    os.replace(unfinished.with_suffix(".npy"), pixels)
    os.replace(unfinished.with_suffix(".npz"), truth)
    return shard


class Examples:
    """The examples of a folder, by number; pictures stay on disk until asked for."""

    def __init__(self, folder: Path) -> None:
        found = sorted(folder.glob("[0-9]*.npz"))
        if not found:
            raise BadRequest(f"There are no rendered examples in {folder}.")
        self._folder = folder
        self._pixels = [np.load(path.with_suffix(".npy"), mmap_mode="r") for path in found]
        self._truth = [dict(np.load(path)) for path in found]
        self._numbers = range(len(found) * _PER_SHARD)

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self._folder, "numbers": self._numbers}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["folder"])  # type: ignore[misc]  # pictures are mapped again, not copied
        self._numbers = state["numbers"]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Example:
        shard, row = divmod(self._numbers[number], _PER_SHARD)
        truth = self._truth[shard]
        columns = {name: truth[name][row] for name in _TRUTH}
        return Example(pixels=np.asarray(self._pixels[shard][row]), count=int(truth["count"][row]), **columns)

    def split(self, at: int) -> tuple[Examples, Examples]:
        """Those before number `at` and the others; negative numbers count from the end."""
        parts = copy(self), copy(self)
        parts[0]._numbers, parts[1]._numbers = self._numbers[:at], self._numbers[at:]
        return parts
