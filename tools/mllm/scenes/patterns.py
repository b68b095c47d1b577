"""Patterns painted on tables and walls: checks, stripes, planks, tiles, dots, wood grain, clouds and speckles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from .vectors import Floats, column

__all__ = ["PATTERNS", "Pattern"]

PATTERNS: Final[tuple[str, ...]] = ("checks", "stripes", "planks", "tiles", "dots", "grain", "clouds", "speckles")

_CELLS = 64  # of the noise before it repeats


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """A paint that changes over (x, y), world units, between 1 and `deep`."""

    kind: str
    period: float  # world units
    angle: float  # radians
    deep: tuple[float, float, float]  # factor on the paint where the pattern is fully there, RGB
    seed: int = 0  # of whatever is random in it

    def __post_init__(self) -> None:
        if self.kind not in PATTERNS:
            raise BadRequest(f"A pattern is one of {', '.join(PATTERNS)}, not {self.kind!r}.")
        if self.period <= 0:
            raise BadRequest(f"A pattern's period is above 0, not {self.period}.")

    def tint(self, xy: Floats) -> Floats:
        """The factor on the paint at points (2, N), (3, N)."""
        tint: Floats = 1 + (column(self.deep) - 1) * self._share(xy)
        return tint

    def _share(self, xy: Floats) -> Floats:
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        x = (cos * xy[0] + sin * xy[1]) / np.float32(self.period)
        y = (cos * xy[1] - sin * xy[0]) / np.float32(self.period)
        share: NDArray[np.floating]
        if self.kind == "checks":
            share = ((np.floor(x) + np.floor(y)) % 2).astype(np.float32)
        elif self.kind == "stripes":
            share = (x % 1 < 0.5).astype(np.float32)
        elif self.kind == "planks":
            board = np.floor(y)
            shifted = x / 4 + _hash(board, np.zeros_like(board), self.seed)
            tone = _hash(board, np.floor(shifted), self.seed + 1)
            joint = (y % 1 < 0.05) | (shifted % 1 < 0.012)
            share = np.where(joint, np.float32(1), np.float32(0.7) * tone).astype(np.float32)
        elif self.kind == "tiles":
            share = ((x % 1 < 0.07) | (y % 1 < 0.07)).astype(np.float32)
        elif self.kind == "dots":
            share = ((x % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.075).astype(np.float32)
        elif self.kind == "grain":
            warped = y + 0.9 * _noise(x * 0.25, y, self.seed)
            veins = np.sin(np.float32(2 * np.pi) * warped)
            share = 0.5 + 0.5 * veins * (0.4 + 0.6 * _noise(x * 0.1, y * 2, self.seed + 1))
        elif self.kind == "clouds":
            share = 0.6 * _noise(x, y, self.seed) + 0.4 * _noise(x * 2.7, y * 2.7, self.seed + 1)
        else:
            share = (_noise(x * 6, y * 6, self.seed) > 0.72).astype(np.float32)
        return share.astype(np.float32)


@lru_cache(maxsize=64)
def _table(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((_CELLS, _CELLS), np.float32)


def _hash(x: Floats, y: Floats, seed: int) -> Floats:
    """A random number per cell, 0 to 1."""
    cells: Floats = _table(seed)[x.astype(np.int64) % _CELLS, y.astype(np.int64) % _CELLS]
    return cells


def _noise(x: Floats, y: Floats, seed: int) -> Floats:
    """Smooth noise, 0 to 1, one hill or hollow to a unit."""
    left, top = np.floor(x), np.floor(y)
    across, down = x - left, y - top
    across, down = across * across * (3 - 2 * across), down * down * (3 - 2 * down)
    upper = _hash(left, top, seed) * (1 - across) + _hash(left + 1, top, seed) * across
    lower = _hash(left, top + 1, seed) * (1 - across) + _hash(left + 1, top + 1, seed) * across
    smooth = upper * (1 - down) + lower * down
    return smooth.astype(np.float32)
