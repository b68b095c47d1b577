"""Boxes as words: each edge is one of the place tokens `<p0>` to `<p63>`, steps across or down the picture."""

from __future__ import annotations

import re

from .text import PLACES

__all__ = ["Box", "read_box", "spelled"]

Box = tuple[float, float, float, float]  # x1, y1, x2, y2 as shares of the picture's width and height, y down
_FOUR = re.compile(r"<p(\d+)> <p(\d+)> <p(\d+)> <p(\d+)>")


def spelled(box: Box) -> str:
    """A box as four place tokens."""
    return " ".join(f"<p{min(PLACES - 1, max(0, round(edge * (PLACES - 1))))}>" for edge in box)


def read_box(text: str) -> Box | None:
    """The first box that a text spells, or None; its edges are sorted."""
    found = _FOUR.search(text)
    if found is None:
        return None
    x1, y1, x2, y2 = (min(int(one), PLACES - 1) / (PLACES - 1) for one in found.groups())
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
