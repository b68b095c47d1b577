"""Print on bodies: where letters lie on the surface, and how much ink and paper each point of it carries.

A label is laid on without stretching where the surface allows: flat on the side of a cube, wrapped round a cylinder,
a capsule or an egg, by longitude and latitude on a ball. Letters are scaled down to the picture's pixels before they
are looked up, apart in each direction, so that they stay smooth when they are small or seen at a slant. Points are
(3, N) in the world.
"""

from __future__ import annotations

import numpy as np

from ...errors import BadRequest
from .camera import Camera
from .lettering import letters
from .solids import Solid
from .vectors import Floats, column, dot, unit
from .world import Label

__all__ = ["PRINTABLE", "Decal", "facing_share", "room"]

# the widest and tallest print of each shape, in its radii along the surface, and its middle's rise
PRINTABLE: dict[str, tuple[float, float, float]] = {
    "cube": (1.5, 0.95, 0.0),
    "cylinder": (1.45, 0.95, 0.0),
    "sphere": (1.3, 0.7, 0.25),
}
_MARGIN = 0.22  # of paper round the letters, in their height
_DENSITY = 1.3  # texels to a pixel


def room(shape: str, text: str, font: str) -> float:
    """The greatest height of a text's letters on a shape, in radii of the thing."""
    rows, columns = letters(text, font).shape
    wide, tall, _ = PRINTABLE[shape]
    return min(tall, float(wide / (columns / rows + 2 * _MARGIN)))


class Decal:
    """One label on one body, ready for pictures of one camera and size.

    Raises: BadRequest for a shape that carries no print.
    """

    def __init__(self, body: Solid, label: Label, camera: Camera, width: int, height: int) -> None:
        if body.thing.shape not in PRINTABLE:
            raise BadRequest(f"Print goes on {', '.join(PRINTABLE)}, not on a {body.thing.shape}.")
        self.body, self.label = body, label
        ink = letters(label.text, label.font)
        self.tall = float(label.height * body.radius)  # of the letters, world units
        self.wide = self.tall * ink.shape[1] / ink.shape[0]
        self._facing = _face(label.facing, body.thing.rotation) if body.thing.shape == "cube" else label.facing
        self._texels = _scaled(ink, camera.project(self.points(3, 3), width, height))

    def points(self, rows: int, columns: int) -> Floats:
        """Points of the surface under the letters, rows from the top and columns from the left, both ends included."""
        v, u = np.meshgrid(
            np.linspace(-0.5, 0.5, rows, dtype=np.float32) * self.tall,
            np.linspace(-0.5, 0.5, columns, dtype=np.float32) * self.wide,
            indexing="ij",
        )
        u, up = u.ravel(), np.float32(self.label.rise) * self.body.radius - v.ravel()
        radius = self.body.radius
        if self.body.thing.shape == "cube":
            cos, sin = np.cos(self._facing), np.sin(self._facing)
            local = np.stack([cos * radius - sin * u, sin * radius + cos * u, up])
        elif self.body.thing.shape == "cylinder":
            angle = self._facing + u / radius
            local = np.stack([radius * np.cos(angle), radius * np.sin(angle), up])
        else:
            angle, latitude = self._facing + u / radius, up / radius
            flat = radius * np.cos(latitude)
            local = np.stack([flat * np.cos(angle), flat * np.sin(angle), radius * np.sin(latitude)])
        return (local + self.body.center).astype(np.float32)

    def over(self, bare: Floats, point: Floats) -> Floats:
        """The colour (3, N) of points of a surface whose own is `bare`, (3, 1)."""
        ink, paper = self._shares(point)
        under = bare if self.label.paper is None else bare + (column(self.label.paper) - bare) * paper
        colored: Floats = under + (column(self.label.ink) - under) * ink
        return colored

    def cover(self, point: Floats) -> Floats:
        """How much of the surface at points is ink or paper, 0 to 1, (N,)."""
        ink, paper = self._shares(point)
        return ink if self.label.paper is None else np.maximum(ink, paper)

    def _shares(self, point: Floats) -> tuple[Floats, Floats]:
        u, v, held = self._place(point)
        rows, columns = self._texels.shape
        x = (u / self.wide + 0.5) * columns - 0.5
        y = (v / self.tall + 0.5) * rows - 0.5
        ink = _between(self._texels, x, y) * held
        margin = _MARGIN * self.tall
        # the paper's rim is as soft as a texel
        across = (self.wide / 2 + margin - np.abs(u)) * np.float32(columns / self.wide) + 0.5
        down = (self.tall / 2 + margin - np.abs(v)) * np.float32(rows / self.tall) + 0.5
        paper = np.clip(np.minimum(across, down), 0, 1) * held
        return ink.astype(np.float32), paper.astype(np.float32)

    def _place(self, point: Floats) -> tuple[Floats, Floats, Floats]:
        """Rightwards and down from the label's middle along the surface, world units, and 1 where it can carry."""
        local, radius = point - self.body.center, self.body.radius
        cos, sin = np.float32(np.cos(self._facing)), np.float32(np.sin(self._facing))
        outward = cos * local[0] + sin * local[1]
        sideways = cos * local[1] - sin * local[0]
        if self.body.thing.shape == "cube":
            u, up, held = sideways, local[2], outward > radius - self.body.bevel * np.float32(0.5)
        else:
            u, held = np.arctan2(sideways, outward) * radius, outward > 0
            sphere = self.body.thing.shape == "sphere"
            up = np.arcsin(np.clip(local[2] / radius, -1, 1)) * radius if sphere else local[2]
            if not sphere:
                held &= np.abs(local[2]) < radius - self.body.bevel
        return u, np.float32(self.label.rise) * radius - up, held.astype(np.float32)


def _face(facing: float, rotation: float) -> float:
    return float(rotation + np.round((facing - rotation) / (np.pi / 2)) * (np.pi / 2))


def _scaled(ink: Floats, seen: Floats) -> Floats:
    """Letters with about as many texels as pixels show them; `seen` projects 3 x 3 points of theirs."""
    import cv2

    u, v = seen[0].reshape(3, 3), seen[1].reshape(3, 3)
    across = float(np.hypot(np.diff(u, axis=1), np.diff(v, axis=1)).sum(1).mean()) * _DENSITY
    down = float(np.hypot(np.diff(u, axis=0), np.diff(v, axis=0)).sum(0).mean()) * _DENSITY
    columns = min(max(round(across), 3), ink.shape[1])
    rows = min(max(round(down), 3), ink.shape[0])
    return np.asarray(cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _between(texels: Floats, x: Floats, y: Floats) -> Floats:
    """Bilinear look-up; nothing lies outside."""
    rows, columns = texels.shape
    padded = np.pad(texels, 1)
    x, y = np.clip(x + 1, 0, columns + 0.999), np.clip(y + 1, 0, rows + 0.999)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, below = x - left, y - top
    upper = padded[top, left] * (1 - right) + padded[top, left + 1] * right
    lower = padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right
    found: Floats = upper * (1 - below) + lower * below
    return found


def facing_share(decal: Decal, point: Floats, camera: Camera) -> Floats:
    """Cosine between the surface and the line of sight at points, (N,)."""
    towards = camera.origin - point
    return dot(decal.body.normal(point), unit(towards))
