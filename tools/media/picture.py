"""A picture that has been read and checked: RGB pixels, known by their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BoolMask", "Picture", "Pixels", "content_id"]

Pixels = npt.NDArray[np.uint8]
BoolMask = npt.NDArray[np.bool_]


def content_id(array: npt.NDArray[Any]) -> str:
    """A hash of an array's shape, type and values: the same picture in two lossless formats has one id."""
    digest = hashlib.blake2b(f"{array.dtype.str}{array.shape}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, rows top to bottom, read-only.
        name: a display name without folders.
        notes: what was done to it on the way in, one short sentence each.
        id: content hash of the pixels.
    """

    pixels: Pixels
    name: str = "picture"
    notes: tuple[str, ...] = ()
    id: str = field(init=False)

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ValueError("a Picture holds (H, W, 3) uint8 pixels; `load_image` makes them from anything else")
        own = np.ascontiguousarray(self.pixels)
        if own is self.pixels and own.flags.writeable:
            own = own.copy()  # whoever made the array may still write to it
        own.setflags(write=False)
        object.__setattr__(self, "pixels", own)
        object.__setattr__(self, "id", content_id(own))

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Picture) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Picture({self.name!r}, {self.width}x{self.height})"
