"""How a scene is lit, painted and photographed: one value, `Look`, and the two ways to draw one at random.

`plain_look` imitates the published CLEVR pictures; its numbers were fitted to how such pictures fall off in
brightness over the table. `varied_look` strays from it in every direction that a camera, a lamp or a table can, so
that what is learned from the pictures is not one renderer's look. Light is linear RGB; 1 is white on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .backdrop import Backdrop
from .camera import Camera
from .patterns import Pattern
from .world import COLOR_RGB, COLORS

__all__ = [
    "Film",
    "Ground",
    "Lamp",
    "Look",
    "Metal",
    "Rgb",
    "Rubber",
    "Wave",
    "jittered_camera",
    "plain_look",
    "varied_look",
]

Rgb = tuple[float, float, float]

_PLAIN_COLORS: tuple[Rgb, ...] = tuple((r / 255, g / 255, b / 255) for r, g, b in (COLOR_RGB[c] for c in COLORS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Lamp:
    """A small area lamp."""

    position: tuple[float, float, float]
    aim: tuple[float, float, float]  # unit vector; light falls off with the cosine to it
    power: Rgb  # light on a facing white surface at distance 1
    size: float  # radius of its disc, world units


@dataclass(frozen=True, kw_only=True, slots=True)
class Wave:
    """One ripple of paint on the table: a sine over (x, y), hardened into bands when `hardness` is above 1."""

    vector: tuple[float, float]  # radians per world unit
    phase: float
    tint: Rgb  # added to the paint at the crest, taken away in the trough
    hardness: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """The table, which reaches to the horizon, and the light that comes from everywhere."""

    paint: Rgb = (1.0, 1.0, 1.0)
    waves: tuple[Wave, ...] = ()
    ambient: Rgb = (0.137, 0.1365, 0.136)  # sky light that a point of open table returns
    sky: Rgb = (0.09, 0.09, 0.09)  # what mirrors see above the horizon
    pattern: Pattern | None = None  # over paint and waves


@dataclass(frozen=True, kw_only=True, slots=True)
class Metal:
    """How metal mirrors."""

    mirror: float = 1.05  # share of the mirrored surroundings
    glint: float = 6.0  # brightness of a lamp's image
    glint_width: float = 0.055  # its radius, radians of the mirrored ray
    roughness: float = 0.012  # standard deviation of its tilt, radians
    pillow: float = 0.02  # how far the flat faces bulge, as smooth shading makes them


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubber:
    """How rubber scatters."""

    albedo: float = 1.06  # of a colour's published value
    sheen: float = 0.03  # a broad weak highlight


@dataclass(frozen=True, kw_only=True, slots=True)
class Film:
    """From light to a stored picture."""

    gain: Rgb = (1.02, 1.02, 1.02)  # exposure and white balance
    gamma: float = 1.0  # applied to linear light before the standard curve; above 1 deepens shadows
    blur: float = 0.5  # standard deviation, pixels of a picture 320 wide
    noise: float = 0.008  # standard deviation at light 0.2, growing with its root, before the blur
    grain: float = 0.0  # standard deviation in stored levels (0 to 255), after everything
    jpeg: int | None = None  # quality


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Everything about a picture that is not its things or its camera."""

    lamps: tuple[Lamp, ...]
    ground: Ground = Ground()
    metal: Metal = Metal()
    rubber: Rubber = Rubber()
    film: Film = Film()
    backdrop: Backdrop | None = None  # at which the table ends
    colors: tuple[Rgb, ...] = _PLAIN_COLORS  # of each colour word, in the order of `COLORS`


_KEY = Lamp(position=(6.447, -2.905, 4.258), aim=(-0.724, 0.323, -0.609), power=(4.95, 4.60, 3.99), size=0.5)
_FILL = Lamp(position=(-4.671, -4.014, 3.011), aim=(0.607, 0.732, -0.310), power=(1.43, 1.56, 1.92), size=0.5)
_BACK = Lamp(position=(-0.733, 1.709, 4.111), aim=(0.0, 0.0, -1.0), power=(1.436, 1.432, 1.414), size=0.5)
_LAMP_JITTER = 1.0
_CAMERA_JITTER = 0.5


def jittered_camera(rng: np.random.Generator, *, reach: float = _CAMERA_JITTER) -> Camera:
    """A camera at the usual place, each coordinate shifted by up to `reach`."""
    x, y, z = np.add(Camera.position, rng.uniform(-reach, reach, 3))
    return Camera(position=(float(x), float(y), float(z)))


def plain_look(rng: np.random.Generator) -> Look:
    """The published look: three lamps, each coordinate shifted by up to 1."""
    return Look(lamps=tuple(_moved(lamp, rng, _LAMP_JITTER) for lamp in (_KEY, _FILL, _BACK)))


def varied_look(rng: np.random.Generator) -> Look:
    """A look drawn widely around the plain one: lamps, paint, materials, exposure, white balance, noise, blur, JPEG."""
    lamps = tuple(
        replace(
            _moved(lamp, rng, 1.6),
            power=_scaled(lamp.power, _near_one(rng, 0.5) * rng.normal(1, 0.08, 3)),
            size=lamp.size * _near_one(rng, 0.6),
        )
        for lamp in (_KEY, _FILL, _BACK)
    )
    plain = Ground()
    paint = _near_one(rng, 0.2) * rng.normal(1, 0.06 if rng.random() < 0.7 else 0.2, 3)
    ground = Ground(
        paint=_rgb(paint),
        waves=_waves(rng) if rng.random() < 0.35 else (),
        ambient=_scaled(plain.ambient, _near_one(rng, 0.4) * rng.normal(1, 0.04, 3)),
        sky=_scaled(plain.sky, _near_one(rng, 0.7) * np.ones(3)),
    )
    film = Film(
        gain=_rgb(_near_one(rng, 0.25) * rng.normal(1, 0.05, 3)),
        gamma=float(_near_one(rng, 0.12)),
        blur=float(rng.uniform(0.2, 0.8)),
        noise=float(rng.uniform(0.0, 0.02)),
        grain=float(rng.uniform(0, 4)) if rng.random() < 0.4 else 0.0,
        jpeg=int(rng.integers(55, 96)) if rng.random() < 0.3 else None,
    )
    return Look(
        lamps=lamps,
        ground=ground,
        metal=Metal(
            mirror=float(rng.uniform(0.85, 1.3)),
            glint=float(rng.uniform(3, 10)),
            glint_width=float(rng.uniform(0.035, 0.09)),
            roughness=float(rng.uniform(0.003, 0.045)),
            pillow=float(rng.uniform(0.0, 0.08)),
        ),
        rubber=Rubber(albedo=Rubber().albedo * _near_one(rng, 0.15), sheen=float(rng.uniform(0, 0.06))),
        film=film,
        colors=tuple(_scaled(color, rng.normal(1, 0.06, 3)) for color in _PLAIN_COLORS),
    )


def _moved(lamp: Lamp, rng: np.random.Generator, reach: float) -> Lamp:
    x, y, z = np.add(lamp.position, rng.uniform(-reach, reach, 3))
    return replace(lamp, position=(float(x), float(y), max(float(z), 1.6)))  # never inside the things it lights


def _waves(rng: np.random.Generator) -> tuple[Wave, ...]:
    """A texture: a few ripples of similar direction-free wavelengths, soft or hard."""
    count, hardness = int(rng.integers(1, 6)), float(rng.choice([1.0, 1.0, 6.0]))
    strength = float(rng.uniform(0.03, 0.18)) / count**0.5
    waves = []
    for _ in range(count):
        angle, frequency = rng.uniform(0, np.pi), float(np.exp(rng.uniform(np.log(0.4), np.log(8))))
        vector = (float(frequency * np.cos(angle)), float(frequency * np.sin(angle)))
        tint = _rgb(strength * rng.normal(1, 0.3, 3), floor=-1.0)
        waves.append(Wave(vector=vector, phase=float(rng.uniform(0, 2 * np.pi)), tint=tint, hardness=hardness))
    return tuple(waves)


def _near_one(rng: np.random.Generator, spread: float) -> float:
    """A factor around 1, as often halved as doubled."""
    return float(np.exp(rng.normal(0, spread)))


def _scaled(rgb: Rgb, by: NDArray[np.float64]) -> Rgb:
    return _rgb(np.multiply(rgb, by))


def _rgb(values: NDArray[np.float64], floor: float = 0.0) -> Rgb:
    r, g, b = (max(float(v), floor) for v in values)
    return (r, g, b)
