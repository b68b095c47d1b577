"""What a scene is made of: things on a table, and the words for them.

A world of three shapes, two sizes, eight colours and two materials, with the names, radii and colours published for
CLEVR (Johnson et al., 2017, https://arxiv.org/abs/1612.06890). Lengths are in that world's units, z up, the table at
z = 0. A new shape needs a word here and a solid in `solids.py` or `more_solids.py`; how a thing looks under light is
said in `looks.py`. Shapes beyond the published ones stand apart, so that models' numbering of these does not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ...errors import BadRequest

__all__ = [
    "ALL_SHAPES",
    "COLORS",
    "COLOR_RGB",
    "EXTRA_SHAPES",
    "MATERIALS",
    "RADIUS",
    "SHAPES",
    "SIZES",
    "WORDS",
    "Color",
    "Label",
    "Material",
    "Shape",
    "Size",
    "Thing",
]

Shape: TypeAlias = Literal["cube", "cylinder", "sphere", "cone", "pyramid", "prism", "capsule", "egg", "ring"]
Size: TypeAlias = Literal["large", "small"]
Material: TypeAlias = Literal["metal", "rubber"]
Color: TypeAlias = Literal["gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow"]

SHAPES: Final[tuple[Shape, ...]] = ("cube", "cylinder", "sphere")
EXTRA_SHAPES: Final[tuple[Shape, ...]] = ("cone", "pyramid", "prism", "capsule", "egg", "ring")
ALL_SHAPES: Final[tuple[Shape, ...]] = SHAPES + EXTRA_SHAPES
SIZES: Final[tuple[Size, ...]] = ("large", "small")
MATERIALS: Final[tuple[Material, ...]] = ("metal", "rubber")
COLORS: Final[tuple[Color, ...]] = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")

# Of a sphere; half the edge of a cube; half the height of every other shape.
RADIUS: Final[dict[Size, float]] = {"large": 0.7, "small": 0.35}
COLOR_RGB: Final[dict[Color, tuple[int, int, int]]] = {
    "gray": (87, 87, 87),
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
}

# The four attributes and their values, in the order in which models number them.
WORDS: Final[dict[str, tuple[str, ...]]] = {"shape": SHAPES, "size": SIZES, "color": COLORS, "material": MATERIALS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A word or number printed on a thing; see `decals.py` for how it lies on each shape."""

    text: str
    font: str  # one of `lettering.FONTS`
    ink: tuple[float, float, float]  # share of light returned, RGB
    paper: tuple[float, float, float] | None  # of a card under the letters; None: printed straight on the thing
    height: float  # of the letters, in radii of the thing
    facing: float  # direction in which it looks, radians about the vertical; a cube takes its nearest face
    rise: float = 0.0  # of its middle above the thing's, in radii, along the surface


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """One object standing on the table at (x, y), turned about the vertical by `rotation` radians."""

    shape: Shape
    size: Size
    color: Color
    material: Material
    x: float
    y: float
    rotation: float = 0.0
    label: Label | None = None

    def __post_init__(self) -> None:
        for attribute, words in (WORDS | {"shape": ALL_SHAPES}).items():
            if getattr(self, attribute) not in words:
                given = getattr(self, attribute)
                raise BadRequest(f"A thing's {attribute} is one of {', '.join(words)}, not {given!r}.")

    @property
    def radius(self) -> float:
        """Half its height, in world units."""
        return RADIUS[self.size]

    @property
    def center(self) -> tuple[float, float, float]:
        """The middle of the body, (x, y, z)."""
        return (self.x, self.y, self.radius)
