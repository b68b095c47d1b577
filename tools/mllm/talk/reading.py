"""Talks about what is printed on things; only legible print is asked for."""

from __future__ import annotations

from typing import Final

from ..scenes.lettering import PRINTED_WORDS
from .facts import View
from .naming import name
from .said import Talk, Turn
from .speech import Named, Voice
from .stills import Maker, yes
from .turns import ask, talk, turn

__all__ = ["READING", "text_turn"]


def text_turn(voice: Voice, view: View, k: int) -> Turn | None:
    """What is written on a thing that carries legible print, or none."""
    x = name(voice, view, k, without="text")
    if x is None or (k in view.labels and k not in view.readable):
        return None
    if k in view.readable:
        answer = [Named(view.readable[k], view.picture, (k,))]
        return turn(ask(voice, "read.on", x=x), answer, regions=(view.region(k),))
    return turn(ask(voice, "read.on", x=x), voice.say("read.none"))


def on(voice: Voice, view: View) -> Talk | None:
    """The text on a thing."""
    if not view.readable:
        return None
    one = text_turn(voice, view, voice.pick(tuple(view.readable)))
    return None if one is None else talk("read", "read.on", [one], [view])


def none(voice: Voice, view: View) -> Talk | None:
    """A thing without print, in a picture that may have some."""
    bare = [k for k in view.present if k not in view.labels]
    one = text_turn(voice, view, voice.pick(bare)) if bare else None
    return None if one is None else talk("read", "read.none", [one], [view])


def which(voice: Voice, view: View) -> Talk | None:
    """The thing that carries a text."""
    once = [k for k, text in view.readable.items() if list(view.readable.values()).count(text) == 1]
    k = voice.pick(once) if once else None
    x = None if k is None else name(voice, view, k, without="text")
    if k is None or x is None:
        return None
    one = turn(ask(voice, "read.which", t=view.readable[k]), x, regions=(view.region(k),))
    return talk("read", "read.which", [one], [view])


def how_many(voice: Voice, view: View) -> Talk | None:
    """How many things carry print, where all print can be seen to be some."""
    if any(label.visible < 0.5 or min(label.letter_px) < 2.5 for label in view.labels.values()):
        return None
    things = tuple(k for k in view.present if k in view.labels)
    one = turn(ask(voice, "read.count"), [Named(str(len(things)), view.picture, things)])
    return talk("read", "read.count", [one], [view])


def check(voice: Voice, view: View) -> Talk | None:
    """Whether a thing says something; half of the time it says another word."""
    if not view.readable:
        return None
    k = voice.pick(tuple(view.readable))
    x = name(voice, view, k, without="text")
    if x is None:
        return None
    text = view.readable[k] if voice.chance(0.5) else voice.pick(PRINTED_WORDS).upper()
    right = text.lower() == view.readable[k].lower()
    return talk("read", "read.check", [turn(ask(voice, "read.yes", x=x, t=text), [yes(right)])], [view])


def everything(voice: Voice, view: View) -> Talk | None:
    """All texts from left to right, where every print is legible."""
    if not view.readable or len(view.readable) != len(view.labels):
        return None
    order = sorted(view.readable, key=lambda k: view.across[k])
    answer: list[str | Named] = []
    for place, k in enumerate(order):
        answer += ([","] if place else []) + [Named(view.readable[k], view.picture, (k,))]
    regions = tuple(view.region(k) for k in order)
    return talk("read", "read.all", [turn(ask(voice, "read.all"), answer, regions=regions)], [view])


READING: Final[tuple[tuple[float, Maker], ...]] = (
    (2.0, on),
    (0.5, none),
    (1.0, which),
    (0.6, how_many),
    (0.8, check),
    (0.5, everything),
)
