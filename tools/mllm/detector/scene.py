"""What a picture of the table-top world shows: its things, which of them lie in a region, and what a region is about.

`SceneReader` looks at a whole picture once, keeps the last pictures, and refuses those that are not of this world:
size, depth and place can only be told from the whole, so questions about a region are answered by picking from it.
Boxes and regions are x1, y1, x2, y2 in pixels of the whole picture, y down.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import OutsideWorld
from .found import Found
from .names import Wanted
from .trust import Trust

__all__ = ["FOREIGN", "Finder", "SceneReader", "TableScene"]

Region = tuple[float, float, float, float]

_THERE = 0.5  # chance from which something is taken to be there
_SHOWN = 0.5  # share of a thing's box that a region must hold to show it
_ABOUT = 0.4  # intersection over union from which a region is about a thing
_HOLDS = 0.95  # how often "the NAME" is said of something that is there, and the only one
_MEANT = 0.5  # chance from which a thing is taken to be meant
_KEPT = 64  # pictures
_AROUND = 0.3  # of the height of something laid over a picture: how much wider it is painted over
FOREIGN = "this is no picture of table-top things, the only ones that the table-top detector knows"


class Finder(Protocol):
    """What finds things in a picture; `detector.Detector` is one."""

    def detect(self, pixels: NDArray[np.uint8]) -> list[Found]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TableScene:
    """The things of one picture; scores are chances that the thing is there."""

    things: tuple[Found, ...]  # taken to be there
    doubtful: tuple[Found, ...] = ()  # taken not to be there

    def within(self, region: Region) -> list[Found]:
        """The things that a region shows at least half of."""
        return [thing for thing in self.things if _share_inside(thing.box, region) >= _SHOWN]

    def about(self, region: Region) -> Found | None:
        """The thing that a region is about: the one whose box it is, or the only one that it shows."""
        best = max(self.things, key=lambda thing: _iou(thing.box, region), default=None)
        if best is not None and _iou(best.box, region) >= _ABOUT:
            return best
        shown = self.within(region)
        return shown[0] if len(shown) == 1 else None

    def sureness(self, wanted: Wanted, region: Region) -> float:
        """The chance that `wanted` was rightly decided of everything in a region, things taken as independent."""
        sure = 1.0
        for thing in (*self.things, *self.doubtful):
            if _share_inside(thing.box, region) >= _SHOWN:
                chance = thing.score * wanted.chance(thing)
                taken = thing.score >= _THERE and wanted.fits(thing)
                sure *= chance if taken else 1 - chance
        return sure

    def meant(self, wanted: Wanted, region: Region) -> tuple[Found, float] | None:
        """The thing that "the NAME" means in a region and how likely, None where likelier nothing is meant.

        Who says "the" presumes that exactly one thing is named so. Given that, each has its share of the odds.
        """
        chances = [
            (min(thing.score * wanted.chance(thing), 1 - 1e-9), thing)
            for thing in (*self.things, *self.doubtful)
            if _share_inside(thing.box, region) >= _SHOWN
        ]
        odds = [(chance / (1 - chance), thing) for chance, thing in chances]
        if not odds:
            return None
        best, thing = max(odds, key=lambda entry: entry[0])
        chance = _HOLDS * best / (_HOLDS * sum(each for each, _ in odds) + 1 - _HOLDS)
        several = sum(chance >= _THERE for chance, _ in chances) > 1  # then any of them is as good
        return (thing, max(chance, best / (1 + best))) if several or chance >= _MEANT else None


class SceneReader:
    """Reads whole pictures as table-top scenes; safe to call from several threads.

    Args:
        finder: should report weak candidates too; what is there is decided by `trust`.
        trust: what the finder's scores are worth, and how pictures of this world are told from others.
    """

    def __init__(self, finder: Finder, trust: Trust) -> None:
        self._finder, self._trust = finder, trust
        self._read: OrderedDict[str, TableScene | None] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, name: str, pixels: NDArray[np.uint8]) -> TableScene:
        """The scene in a picture (H, W, 3) that is called `name`; a name stands for the same pixels for ever.

        Raises: OutsideWorld when the picture is not one of the table-top world.
        """
        with self._lock:
            known = name in self._read
            scene = self._read.get(name)
        if not known:
            scene = self.look(pixels)
            with self._lock:
                self._read[name] = scene
                while len(self._read) > _KEPT:
                    self._read.popitem(last=False)
        if scene is None:
            raise OutsideWorld(FOREIGN)
        return scene

    def look(self, pixels: NDArray[np.uint8], *, covered: Callable[[], Sequence[Region]] = tuple) -> TableScene | None:
        """The scene in a picture, None when it is not one of the table-top world; nothing is kept.

        Args:
            covered: tells where something that is not of this world, such as a caption, is laid over the picture. It is
                asked when the picture is refused though things are seen in it, which is then judged without that.
        """
        height, width = pixels.shape[:2]
        found = self._finder.detect(pixels) if height <= 4 * width else []
        seen = any(thing.score >= _THERE and self._trust.stands(thing, width, height) for thing in found)
        if seen and not self._trust.is_world(found, width, height):
            regions = covered()
            if regions:
                found = self._finder.detect(_painted_over(pixels, regions))
        if not self._trust.is_world(found, width, height):
            return None
        standing = [thing for thing in found if self._trust.stands(thing, width, height)]
        judged = [self._trust.judged(thing) for thing in standing]
        there = tuple(thing for thing in judged if thing.score >= _THERE)
        return TableScene(things=there, doubtful=tuple(thing for thing in judged if thing.score < _THERE))


def _painted_over(pixels: NDArray[np.uint8], regions: Sequence[Region]) -> NDArray[np.uint8]:
    """The picture with each region in the colour that is commonest along its border."""
    painted = pixels.copy()
    height, width = pixels.shape[:2]
    for x1, y1, x2, y2 in regions:
        more = _AROUND * (y2 - y1)
        left, top = max(0, int(x1 - more)), max(0, int(y1 - more))
        right, bottom = min(width, int(np.ceil(x2 + more))), min(height, int(np.ceil(y2 + more)))
        part = painted[top:bottom, left:right]
        if part.size:
            border = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
            painted[top:bottom, left:right] = np.median(border, axis=0)
    return painted


def _area(box: Sequence[float]) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _common(a: Sequence[float], b: Sequence[float]) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def _share_inside(box: Sequence[float], region: Sequence[float]) -> float:
    area = _area(box)
    return _common(box, region) / area if area > 0 else 0.0


def _iou(a: Sequence[float], b: Sequence[float]) -> float:
    common = _common(a, b)
    return common / (_area(a) + _area(b) - common) if common > 0 else 0.0
