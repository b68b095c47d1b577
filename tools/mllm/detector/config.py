"""The detector's sizes and scales, shared by model, targets, loss and decoding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..scenes.world import COLORS, MATERIALS, SHAPES, SIZES

__all__ = [
    "ATTRIBUTES",
    "BOX_PX",
    "DEPTH_RANGE",
    "GROUND_RANGE",
    "INPUT_WIDTH",
    "MOST_THINGS",
    "STRIDE",
    "WEIGHTS",
    "NetConfig",
]

WEIGHTS = Path(__file__).parent / "weights" / "detector.safetensors"

ATTRIBUTES: dict[str, tuple[str, ...]] = {"shape": SHAPES, "size": SIZES, "color": COLORS, "material": MATERIALS}

INPUT_WIDTH = 320  # pixels; pictures are scaled to it, for finding things
STRIDE = 4  # pixels to a cell of the heat map
MOST_THINGS = 12  # per training picture
BOX_PX = 32.0  # pixels to a unit of box distance, as the net predicts them
GROUND_RANGE = ((0.0, 3.0), (9.5, 3.0))  # middle and scale of the rightward and forward position, world units
DEPTH_RANGE = (11.0, 3.0)  # middle and scale of depth along the optical axis, world units


@dataclass(frozen=True, kw_only=True, slots=True)
class NetConfig:
    """Widths and depths of the network."""

    stem: int = 32  # channels at half resolution
    fine: int = 48  # at a quarter
    middle: int = 128  # at an eighth
    coarse: int = 160  # at a sixteenth
    fine_blocks: int = 1
    middle_blocks: int = 2
    coarse_blocks: int = 2
    joined: int = 64  # of the map on which things are found
    hidden: int = 256  # of the description of one thing
