"""Draws what surrounds the things beyond the usual looks: patterned tables, backdrops, and lamps anywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .backdrop import Backdrop, Blob
from .looks import Lamp, Look, Rgb
from .patterns import PATTERNS, Pattern

__all__ = ["patterned", "relit", "with_backdrop"]


def patterned(rng: np.random.Generator, look: Look) -> Look:
    """The look with another table: a colour of its own and a pattern."""
    deep = _pattern(rng)
    paint = _rgb(rng.uniform(0.45, 1.15) * (1 + rng.normal(0, 0.18, 3)))
    return replace(look, ground=replace(look.ground, paint=paint, pattern=deep))


def relit(rng: np.random.Generator, look: Look) -> Look:
    """The look under one to five lamps anywhere above the table, small to wide, white to tinted."""
    count = int(rng.integers(1, 6))
    wanted, ambient = float(rng.uniform(0.1, 0.34)), float(rng.uniform(0.05, 0.19))
    share = rng.dirichlet(np.full(count, 1.5))
    lamps = []
    for part in share:
        azimuth, elevation, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.42, 1.45), rng.uniform(5, 9)
        flat = away * np.cos(elevation)
        position = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), max(away * np.sin(elevation), 2.2)])
        distance = float(np.linalg.norm(position))
        aim = -position / distance
        tint = 1 + rng.normal(0, 0.06 if rng.random() < 0.7 else 0.3, 3)
        power = wanted * float(part) * distance**3 / float(position[2])  # on the middle of the table
        lamps.append(
            Lamp(
                position=(float(position[0]), float(position[1]), float(position[2])),
                aim=(float(aim[0]), float(aim[1]), float(aim[2])),
                power=_rgb(power * np.clip(tint, 0.25, 1.8)),
                size=float(np.exp(rng.uniform(np.log(0.08), np.log(1.4)))),
            )
        )
    sky = _rgb(np.full(3, ambient) * (1 + rng.normal(0, 0.06, 3)))
    return replace(look, lamps=tuple(lamps), ground=replace(look.ground, ambient=sky))


def with_backdrop(rng: np.random.Generator, look: Look) -> Look:
    """The look with a wall behind the table."""
    low, high = (_rgb(rng.uniform(0.1, 1.0) * np.clip(1 + rng.normal(0, 0.25, 3), 0.2, 2)) for _ in range(2))
    kind = int(rng.integers(4))
    glows = kind == 0 or rng.random() < 0.2
    if glows:
        low, high = (_rgb(np.multiply(paint, 0.45)) for paint in (low, high))
    backdrop = Backdrop(
        distance=float(rng.uniform(4.9, 9.0)),
        low=low,
        high=high,
        top=float(rng.uniform(1.5, 5)),
        glows=glows,
        pattern=_pattern(rng) if kind == 1 else None,
        blobs=tuple(_blob(rng, 0.45 if glows else 1.0) for _ in range(rng.integers(6, 26))) if kind == 2 else (),
    )
    mean = _rgb(0.5 * np.add(low, high) * (1.0 if glows else 0.3))
    return replace(look, backdrop=backdrop, ground=replace(look.ground, sky=mean))


def _pattern(rng: np.random.Generator) -> Pattern:
    kind = PATTERNS[rng.integers(len(PATTERNS))]
    deep = rng.uniform(0.35, 0.9) * np.clip(1 + rng.normal(0, 0.2, 3), 0.3, 1.6)
    return Pattern(
        kind=kind,
        period=float(np.exp(rng.uniform(np.log(0.5), np.log(2.2)))),
        angle=float(rng.uniform(0, np.pi)),
        deep=_rgb(deep),
        seed=int(rng.integers(1 << 30)),
    )


def _blob(rng: np.random.Generator, level: float) -> Blob:
    wide, tall = np.exp(rng.uniform(np.log(0.15), np.log(1.8), 2))
    return Blob(
        across=float(rng.uniform(-9, 9)),
        height=float(rng.uniform(0, 4)),
        half=(float(wide), float(tall)),
        soft=float(rng.uniform(0.1, 0.6)),
        round=bool(rng.random() < 0.5),
        color=_rgb(level * rng.uniform(0.05, 1.0, 3)),
    )


def _rgb(values: np.ndarray) -> Rgb:
    red, green, blue = (max(float(v), 0.0) for v in values)
    return (red, green, blue)
