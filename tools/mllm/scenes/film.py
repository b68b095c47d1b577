"""From linear light to the stored picture: exposure, blur, noise, the sRGB curve, JPEG.

Noise comes before the blur, as in a path tracer whose pixel filter smears its grain, and again as grain in the stored
levels. Pillow is imported only when a look asks for JPEG.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from .looks import Film
from .vectors import Floats

__all__ = ["develop", "srgb"]

_LEVELS = 4096


def srgb(light: Floats) -> Floats:
    """Linear light, clipped to 0 to 1, as sRGB values 0 to 1 (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    curve: Floats = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)
    return curve


_CURVE: Floats = srgb(((np.arange(_LEVELS) + 0.5) / _LEVELS).astype(np.float32)) * 255


def develop(light: Floats, film: Film, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Linear light (3, H, W) to stored pixels (H, W, 3)."""
    _, height, width = light.shape
    light = np.maximum(light, 0) * np.asarray(film.gain, np.float32)[:, None, None]
    if film.noise:
        # mostly shared by the channels, as where the light itself was counted
        grain = rng.standard_normal((height, width), np.float32) + 0.5 * rng.standard_normal(light.shape, np.float32)
        light += np.float32(film.noise / 0.2**0.5) * np.sqrt(light) * grain
    light = _blurred(light, film.blur * width / 320)
    if film.gamma != 1:
        np.maximum(light, 0, out=light)
        light **= np.float32(film.gamma)
    levels = _CURVE[np.clip(light * _LEVELS, 0, _LEVELS - 1).astype(np.int16)]
    if film.grain:
        levels = levels + np.float32(film.grain) * rng.standard_normal(levels.shape, np.float32)
    pixels = np.ascontiguousarray(np.clip(levels + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return pixels if film.jpeg is None else _jpeg(pixels, film.jpeg)


def _blurred(light: Floats, sigma: float) -> Floats:
    """A small Gaussian blur of (3, H, W), edges repeated."""
    reach = int(np.ceil(2.5 * sigma))
    if sigma < 0.15:
        return light
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    kernel /= kernel.sum()
    for axis in (1, 2):
        padded = np.pad(light, [(reach, reach) if k == axis else (0, 0) for k in range(3)], mode="edge")
        total = np.zeros_like(light)
        for k, weight in enumerate(kernel):
            window = padded[:, k : k + light.shape[1]] if axis == 1 else padded[:, :, k : k + light.shape[2]]
            total += weight * window
        light = total
    return light


def _jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))
