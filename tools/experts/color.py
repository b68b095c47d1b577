"""`color`: which of eleven colour names the pixels have, by rules in CIELAB that follow how people name colours.

Lightness decides black, gray and white where there is little chroma; elsewhere hue angle, lightness and chroma do
(dark orange is brown, light red is pink). The object counts more than what is around it: with a mask only the object
counts, otherwise pixels weigh less towards the border of the crop. Names are those of daylight; a colour cast is not
undone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..results import Colors
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["COLOR_NAMES", "NamedColors", "color_indices"]

COLOR_NAMES = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
_INDEX = {name: i for i, name in enumerate(COLOR_NAMES)}
_MOST_PIXELS = 160_000  # larger crops are sampled on a grid

# sRGB (D65) to CIE XYZ, IEC 61966-2-1; white point of the same standard.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


@register
class NamedColors(Expert):
    """The main colour of a crop or of the object in it."""

    name = "named-colors"
    capabilities = ("color",)
    version = "1"
    packages = ()
    thread_safe = True
    limits = "Eleven names; coloured light shifts them, and without a mask the background counts too."

    def serve(self, request: ExpertRequest) -> Colors:
        height, width = request.pixels.shape[:2]
        step = max(1, int(np.ceil(np.sqrt(height * width / _MOST_PIXELS))))
        pixels = request.pixels[::step, ::step]
        names = color_indices(pixels)
        if request.mask is not None and request.mask[::step, ::step].any():
            weights = request.mask[::step, ::step].astype(np.float64)
        else:
            weights = _centre_weights(*pixels.shape[:2])
        totals = np.bincount(names.ravel(), weights=weights.ravel(), minlength=len(COLOR_NAMES))
        shares = totals / totals.sum()
        order = sorted(range(len(COLOR_NAMES)), key=lambda i: -shares[i])
        fractions = {COLOR_NAMES[i]: round(float(shares[i]), 4) for i in order if shares[i] >= 0.00005}
        return Colors(name=COLOR_NAMES[order[0]], fractions=fractions)


def _centre_weights(height: int, width: int) -> npt.NDArray[np.float64]:
    """1 in the middle, falling to about 0.4 at the middle of a side and 0.15 in the corners."""
    y = (np.arange(height) + 0.5) / height * 2 - 1
    x = (np.arange(width) + 0.5) / width * 2 - 1
    weights: npt.NDArray[np.float64] = np.exp(-0.95 * (y[:, None] ** 2 + x[None, :] ** 2))
    return weights


def color_indices(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """The name of each pixel of (H, W, 3) uint8 sRGB, as an index into COLOR_NAMES, (H, W)."""
    lab = _lab(rgb)
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    hue = np.degrees(np.arctan2(b, a)) % 360  # 0 red-pink, 90 yellow, 180 green, 270 blue
    cool = (hue > 182) & (hue < 300)
    # The first rule that holds names the pixel.
    rules: tuple[tuple[npt.NDArray[np.bool_], str], ...] = (
        ((light < 18) & (chroma < 20) | (light < 8) & (chroma < 40), "black"),
        ((light < 25) & (chroma < 10), "black"),
        ((light > 82) & (chroma < 10) | (light > 88) & (chroma < 13), "white"),
        ((chroma < 10) | cool & (chroma < 12), "gray"),
        # reds and pinks
        (((hue < 12) | (hue >= 345)) & (light > 50), "pink"),
        (((hue < 18) | (hue >= 345)) & ((light > 62) | (light > 45) & (chroma < 58)), "pink"),
        ((hue < 18) | (hue >= 345), "red"),
        # from red to orange; the dark and the dull of it are brown
        ((hue < 46) & (light > 72), "pink"),
        ((hue < 46) & ((light < 30) & (chroma < 42) | (chroma < 36)), "brown"),
        ((hue < 46) & (hue > 36) & (light > 55), "orange"),
        (hue < 46, "red"),
        ((hue < 76) & (light > 80) & (chroma < 30), "white"),
        ((hue < 76) & ((light < 52) | (chroma < 40)), "brown"),
        (hue < 76, "orange"),
        # yellows
        (
            (hue < 112) & ((light < 38) | (light < 60) & (chroma < 40) | (light < 80) & (chroma < 30) & (hue < 90)),
            "brown",
        ),
        ((hue < 112) & (chroma < 18), "gray"),
        ((hue < 112) & (hue > 98) & (light < 60), "green"),
        (hue < 112, "yellow"),
        (hue < 182, "green"),
        ((hue < 300) | (hue < 307.5) & (chroma > 70), "blue"),
        ((hue >= 322) & (light > 55) & (chroma > 80) | (hue >= 330) & (light > 58), "pink"),
    )
    names = np.select([rule for rule, _ in rules], [_INDEX[name] for _, name in rules], default=_INDEX["purple"])
    return names.astype(np.intp)


def _lab(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """CIELAB (D65) of sRGB: L 0..100, a and b about -100..100."""
    steps = np.arange(256) / 255
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)[rgb]
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)
