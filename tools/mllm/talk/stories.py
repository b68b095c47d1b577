"""Talks about clips, answered from where things are in every frame and from the events.

Two things that happen within a quarter of a second are not told apart, nor are times near a rounding edge: a maker
then has nothing to say. A thing's movement is what is seen of it: from the first frame in which it moves in the
picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..clips.clip import Clip
from ..planner.questions.wording import Leaf
from ..scenes.labels import Printed
from .facts import View, view
from .naming import name
from .said import Talk
from .speech import Named, Part, Voice
from .stills import yes
from .turns import ask, talk, turn

__all__ = ["STORIES", "Story", "StoryMaker"]

_APART_S = 0.25
_MOST_EVENTS = 6  # of a caption


@dataclass(frozen=True)
class Story:
    """A clip, ready to be spoken of."""

    clip: Clip

    @cached_property
    def view(self) -> View:
        """All things that appear at some time, to be named by their looks or their print alone."""
        last = len(self.clip.pictures) - 1
        frames = [view(self.clip.at(frame)) for frame in sorted({0, last // 4, last // 2, 3 * last // 4, last})]
        labels: dict[int, Printed] = {}
        for frame in frames:
            labels |= {k: label for k, label in frame.labels.items() if label.legible}
        nowhere: dict[str, list[list[int]]] = {r: [[] for _ in self.clip.things] for r in frames[0].relations}
        present = tuple(int(k) for k in np.flatnonzero(self.shown.any(0)))
        return replace(frames[0], present=present, relations=nowhere, labels=labels)

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """Whether enough of a thing is visible to see it, (T, N)."""
        _, height, width = self.clip.maps.shape
        shown: NDArray[np.bool_] = self.clip.visible_pixels >= height * width / 2000
        return shown

    @cached_property
    def onsets(self) -> dict[int, float]:
        """When each thing is first seen to move, seconds, in order of time."""
        going = self.clip.moving & self.shown
        found = {int(k): float(np.argmax(going[:, k])) / self.clip.fps for k in np.flatnonzero(going.any(0))}
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def having(self, kind: str) -> list[int]:
        """The things with an event of a kind, once each, in order of time."""
        found = [event.things[0] for event in self.clip.events if event.kind == kind]
        return list(dict.fromkeys(k for k in found if k in self.view.present))

    def name(self, voice: Voice, thing: int, without: str | None = None) -> list[str | Leaf] | None:
        """A phrase by looks or print, without places."""
        return name(voice, self.view, thing, without=without, depth=0)


StoryMaker: TypeAlias = Callable[[Voice, Story], "Talk | None"]


def _talk(
    story: Story, family: str, voice: Voice, answer: list[str | Leaf] | None, **slots: Part | None
) -> Talk | None:
    """A question under its family's heading, unless something in it has no name."""
    filled = {slot: value for slot, value in slots.items() if value is not None}
    if answer is None or len(filled) < len(slots):
        return None
    return talk("clip", family, [turn(ask(voice, family, **filled), answer)], [story.view])


def _thing(story: Story, voice: Voice, k: int | None, family: str, **slots: Part | None) -> Talk | None:
    return None if k is None else _talk(story, family, voice, story.name(voice, k), **slots)


def _number(story: Story, voice: Voice, things: list[int], family: str) -> Talk | None:
    return _talk(story, family, voice, [Named(str(len(things)), 0, tuple(things))])


def _some(voice: Voice, things: list[int]) -> int | None:
    return voice.pick(things) if things else None


def first_mover(voice: Voice, story: Story) -> Talk | None:
    return _thing(story, voice, _alone_first(story), "clip.first_mover")


def last_mover(voice: Voice, story: Story) -> Talk | None:
    order = list(story.onsets.items())
    alone = len(order) > 1 and order[-1][1] - order[-2][1] >= _APART_S
    return _thing(story, voice, order[-1][0] if alone else None, "clip.last_mover")


def entered(voice: Voice, story: Story) -> Talk | None:
    return _number(story, voice, story.having("enter"), "clip.entered")


def exited(voice: Voice, story: Story) -> Talk | None:
    return _number(story, voice, story.having("exit"), "clip.exited")


def enters_what(voice: Voice, story: Story) -> Talk | None:
    found = story.having("enter")
    return _thing(story, voice, found[0] if len(found) == 1 else None, "clip.enters_what")


def exits_what(voice: Voice, story: Story) -> Talk | None:
    found = story.having("exit")
    return _thing(story, voice, found[0] if len(found) == 1 else None, "clip.exits_what")


def hit_what(voice: Voice, story: Story) -> Talk | None:
    hits = [e for e in story.clip.events if e.kind == "collision"]
    k = _some(voice, sorted({k for e in hits for k in e.things}))
    if k is None:
        return None
    own = [e for e in hits if k in e.things]
    if not own[0].seen or (len(own) > 1 and own[1].time_s - own[0].time_s < _APART_S):
        return None
    other = own[0].things[0] if own[0].things[1] == k else own[0].things[1]
    if not {k, other} <= set(story.view.present):
        return None
    return _thing(story, voice, other, "clip.hit_what", x=story.name(voice, k))


def collisions(voice: Voice, story: Story) -> Talk | None:
    hits = [e for e in story.clip.events if e.kind == "collision"]
    if not all(e.seen and story.shown[e.frame, list(e.things)].all() for e in hits):
        return None
    things = tuple(sorted({k for e in hits for k in e.things}))
    return _talk(story, "clip.collisions", voice, [Named(str(len(hits)), 0, things)])


def side(voice: Voice, story: Story) -> Talk | None:
    k = _some(voice, story.having("enter"))
    frame = None if k is None else next(e.frame for e in story.clip.events if e.kind == "enter" and e.things == (k,))
    if k is None or frame is None or (where := _edge(story, k, frame)) is None:
        return None
    return _talk(story, "clip.side", voice, [f"from the {where}"], x=story.name(voice, k))


def way(voice: Voice, story: Story) -> Talk | None:
    k = _some(voice, list(story.onsets))
    if k is None:
        return None
    x1, _, x2, _ = np.moveaxis(story.clip.outlines[:, k], -1, 0)
    along = ((x1 + x2) / 2)[story.shown[:, k] & story.clip.moving[:, k]] / story.clip.maps.shape[2]
    if len(along) < 3:
        return None
    net, travelled = float(along[-1] - along[0]), float(np.abs(np.diff(along)).sum())
    if abs(net) < 0.1 or travelled > 1.15 * abs(net):
        return None
    return _talk(story, "clip.way", voice, ["left" if net < 0 else "right"], x=story.name(voice, k))


def fastest(voice: Voice, story: Story) -> Talk | None:
    peaks = np.where(story.shown, story.clip.motion.speeds, 0).max(0)
    order = np.argsort(-peaks)
    if not len(order) or peaks[order[0]] < 0.5 or (len(order) > 1 and peaks[order[0]] < 1.3 * peaks[order[1]]):
        return None
    return _thing(story, voice, int(order[0]), "clip.fastest")


def how_long(voice: Voice, story: Story) -> Talk | None:
    k = _some(voice, list(story.onsets))
    if k is None:
        return None
    going = story.clip.moving[:, k]
    spells = int((np.diff(going.astype(int)) == 1).sum())
    if spells != 1 or not (story.shown[going, k]).all():
        return None
    return _seconds(story, voice, "clip.how_long", float(going.sum()) / story.clip.fps, k)


def when(voice: Voice, story: Story) -> Talk | None:
    k = _some(voice, list(story.onsets))
    return None if k is None else _seconds(story, voice, "clip.when", story.onsets[k], k)


def before(voice: Voice, story: Story) -> Talk | None:
    if len(story.onsets) < 2:
        return None
    a, b = voice.rng.sample(list(story.onsets), 2)
    gap = story.onsets[b] - story.onsets[a]
    if abs(gap) < _APART_S:
        return None
    x, y = story.name(voice, a), story.name(voice, b)
    return _talk(story, "clip.before", voice, [yes(gap > 0)], x=x, y=y)


def after(voice: Voice, story: Story) -> Talk | None:
    order = list(story.onsets.items())
    if len(order) < 2:
        return None
    place = voice.rng.randrange(len(order) - 1)
    times = [-9.0, *(time for _, time in order), 99.0]
    gaps = [times[place + 2] - times[place + 1], times[place + 3] - times[place + 2]]
    if min(gaps) < _APART_S:
        return None
    return _thing(story, voice, order[place + 1][0], "clip.after", x=story.name(voice, order[place][0]))


def meanwhile(voice: Voice, story: Story) -> Talk | None:
    entries = [e for e in story.clip.events if e.kind == "enter" and e.things[0] in story.view.present]
    event = voice.pick(entries) if entries else None
    if event is None:
        return None
    k, span = event.things[0], slice(max(event.frame - 1, 0), event.frame + 2)
    going = story.clip.moving[span] & story.shown[span]
    others = [int(j) for j in np.flatnonzero(going.any(0)) if j != k]
    if len(others) != 1 or not going[:, others[0]].all():
        return None
    return _thing(story, voice, others[0], "clip.while", x=story.name(voice, k))


def distinct(voice: Voice, story: Story) -> Talk | None:
    return _number(story, voice, list(story.view.present), "clip.distinct")


def still(voice: Voice, story: Story) -> Talk | None:
    rest = [k for k in story.view.present if not story.clip.moving[:, k].any() and story.clip.inside[:, k].all()]
    return _number(story, voice, rest, "clip.still")


def changed(voice: Voice, story: Story) -> Talk | None:
    gone = [k for k in story.view.present if story.shown[0, k] and not story.clip.inside[-1, k]]
    return _thing(story, voice, gone[0] if len(gone) == 1 else None, "clip.changed")


def text(voice: Voice, story: Story) -> Talk | None:
    k = _some(voice, list(story.view.readable))
    if k is None:
        return None
    answer: list[str | Leaf] = [Named(story.view.readable[k], 0, (k,))]
    return _talk(story, "clip.text", voice, answer, x=story.name(voice, k, without="text"))


def options(voice: Voice, story: Story) -> Talk | None:
    k = _alone_first(story)
    others = [j for j in story.view.present if j != k]
    if k is None or len(others) < 2:
        return None
    chosen = [k, *voice.rng.sample(others, 2)]
    voice.rng.shuffle(chosen)
    names = {j: story.name(voice, j) for j in chosen}
    if any(said is None for said in names.values()):
        return None
    listed: list[str | Leaf] = []
    for place, j in enumerate(chosen):
        listed += (["or"] if place == 2 else [","] if place else []) + list(names[j] or [])
    return _talk(story, "clip.options", voice, list(names[k] or []), o=listed)


def caption(voice: Voice, story: Story) -> Talk | None:
    told: list[list[str | Leaf]] = []
    kept = [e for e in story.clip.events if _worth(story, e.kind, e.things, e.seen)]
    if not kept or len(kept) > _MOST_EVENTS:
        return None
    for event in kept:
        names = [story.name(voice, k) for k in event.things]
        slots: dict[str, Part] = {slot: said for slot, said in zip("xy", names, strict=False) if said is not None}
        if len(slots) < len(names):
            return None
        if event.kind in ("enter", "exit"):
            where = _edge(story, event.things[0], event.frame - (event.kind == "exit"))
            if where is None:
                return None
            slots["side"] = where
        told.append(voice.say(f"event.{event.kind}", **slots))
    answer: list[str | Leaf] = []
    for place, clause in enumerate(told):
        answer += ([] if not place else [",", voice.pick(("then", "and then"))]) + clause
    return talk("clip", "clip.caption", [turn(ask(voice, "clip.caption"), answer, whole=True)], [story.view])


STORIES: Final[tuple[tuple[float, StoryMaker], ...]] = (
    *((1.0, maker) for maker in (first_mover, hit_what, collisions, side, way, fastest, before, after, caption)),
    *((0.7, maker) for maker in (last_mover, entered, exited, enters_what, exits_what, how_long, when, meanwhile)),
    *((0.6, maker) for maker in (distinct, still, changed, text, options)),
)


def _alone_first(story: Story) -> int | None:
    order = list(story.onsets.items())
    if not order or (len(order) > 1 and order[1][1] - order[0][1] < _APART_S):
        return None
    return order[0][0]


def _edge(story: Story, k: int, frame: int) -> str | None:
    """The side of the picture over which a thing comes or goes: left or right, or None for top and bottom."""
    width = story.clip.maps.shape[2]
    x1, _, x2, _ = (float(c) for c in story.clip.outlines[frame, k])
    if x1 <= 1 and x2 < width - 1:
        return "left"
    return "right" if x2 >= width - 1 and x1 > 1 else None


def _seconds(story: Story, voice: Voice, family: str, seconds: float, k: int) -> Talk | None:
    """A whole number of seconds, unless the true time lies near the edge between two."""
    if not 0.1 < (seconds + 0.5) % 1 < 0.9:
        return None
    return _talk(story, family, voice, [str(int(seconds + 0.5))], x=story.name(voice, k))


def _worth(story: Story, kind: str, things: tuple[int, ...], seen: bool) -> bool:
    """Whether a caption tells of an event: not of starts outside the picture, nor of every stop."""
    return kind in ("enter", "exit", "start", "collision") and seen and set(things) <= set(story.view.present)
