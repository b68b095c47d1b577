"""Talks about two pictures: which has more, how many together, what changed where the second is the first, edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from ..planner.questions.wording import Leaf
from ..scenes.render import render
from ..scenes.truth import Sample
from ..scenes.world import COLORS, MATERIALS
from .facts import ATTRIBUTES, View
from .naming import name, noun
from .said import Talk
from .speech import Named, Voice
from .turns import ask, talk, turn

__all__ = ["PAIRS", "Change", "PairMaker", "change_talk", "edited"]

PairMaker: TypeAlias = Callable[[Voice, View, View], "Talk | None"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One edit: of which thing, and which of its values went from what to what."""

    kind: str  # color, material, gone or text
    thing: int  # its number in the first picture
    old: str = ""
    new: str = ""


def edited(voice: Voice, first: Sample, view: View) -> tuple[Sample, Change]:
    """The same scene with one thing repainted, of other stuff, with another text, or gone."""
    k = voice.pick(view.present)
    thing = first.things[k]
    kinds = ["color", "material", "gone"] + ["text"] * (3 if k in view.readable else 0)
    kind = voice.pick(kinds)
    things = list(first.things)
    if kind == "color":
        new = voice.pick([color for color in COLORS if color != thing.color])
        things[k], change = replace(thing, color=new), Change(kind=kind, thing=k, old=thing.color, new=new)
    elif kind == "material":
        other = voice.pick([material for material in MATERIALS if material != thing.material])
        things[k], change = replace(thing, material=other), Change(kind=kind, thing=k, old=thing.material, new=other)
    elif kind == "text" and thing.label is not None:
        text = str(voice.rng.randrange(100))
        while text == thing.label.text:
            text = str(voice.rng.randrange(100))
        things[k] = replace(thing, label=replace(thing.label, text=text, height=min(thing.label.height, 0.6)))
        change = Change(kind=kind, thing=k, old=thing.label.text, new=text)
    else:
        del things[k]
        change = Change(kind="gone", thing=k)
    height, width = first.pixels.shape[:2]
    noise = np.random.default_rng(voice.rng.randrange(1 << 32))
    picture = render(things, first.camera, first.look, noise, width=width, height=height)
    return replace(first, things=tuple(things), picture=picture), change


def change_talk(voice: Voice, first: View, second: View, change: Change) -> Talk | None:
    """What changed, said of the thing as the first picture has it."""
    x = name(voice, first, change.thing, without=change.kind if change.kind in (*ATTRIBUTES, "text") else None)
    if x is None or (change.kind == "text" and change.thing not in second.readable):
        return None
    slots = {"old": change.old, "new": change.new} if change.kind != "gone" else {}
    answer = voice.say(f"change.{change.kind}", x=x, **slots)
    one = turn(ask(voice, "compare.change"), answer, regions=(first.region(change.thing),), whole=True)
    return talk("compare", f"compare.change.{change.kind}", [one], [first, second])


def more(voice: Voice, first: View, second: View) -> Talk | None:
    """Which picture has more of something."""
    g, one, two = _groups(voice, first, second)
    if one == two:
        return None
    answer = voice.pick((("the first", "the second"), ("the first picture", "the second picture")))[two > one]
    return talk("compare", "compare.more", [turn(ask(voice, "compare.more", g=g), [answer])], [first, second])


def exists(voice: Voice, first: View, second: View) -> Talk | None:
    """Which picture has something that the other lacks; or both, or neither."""
    looks = _looks(voice, first, second)
    one, two = bool(first.having(looks)), bool(second.having(looks))
    answer = {(True, True): "both", (False, False): "neither", (True, False): "the first", (False, True): "the second"}
    asked = ask(voice, "compare.exists", g=noun(voice, looks))
    return talk("compare", "compare.exists", [turn(asked, [answer[one, two]])], [first, second])


def total(voice: Voice, first: View, second: View) -> Talk | None:
    """How many there are in both."""
    g, one, two = _groups(voice, first, second)
    return talk("compare", "compare.total", [turn(ask(voice, "compare.total", g=g), [str(one + two)])], [first, second])


def fewer(voice: Voice, first: View, second: View) -> Talk | None:
    """By how many one has more."""
    g, one, two = _groups(voice, first, second)
    if one == two:
        return None
    p, q = ("first", "second") if one > two else ("second", "first")
    asked = ask(voice, "compare.fewer", g=g, p=p, q=q)
    return talk("compare", "compare.fewer", [turn(asked, [str(abs(one - two))])], [first, second])


def text(voice: Voice, first: View, second: View) -> Talk | None:
    """Which picture holds a text."""
    one, two = set(first.readable.values()), set(second.readable.values())
    only = sorted(one ^ two)
    if not only:
        return None
    t = voice.pick(only)
    answer = "the first" if t in one else "the second"
    return talk("compare", "compare.text", [turn(ask(voice, "compare.text", t=t), [answer])], [first, second])


PAIRS: Final[tuple[tuple[float, PairMaker], ...]] = (
    (1.0, more),
    (1.0, exists),
    (1.0, total),
    (0.7, fewer),
    (1.0, text),
)


def _looks(voice: Voice, first: View, second: View) -> dict[str, str]:
    view = voice.pick((first, second))
    k = voice.pick(view.present)
    return {a: view.value(k, a) for a in voice.rng.sample(ATTRIBUTES, voice.pick((1, 1, 2)))}


def _groups(voice: Voice, first: View, second: View) -> tuple[list[str | Leaf], int, int]:
    """A plural phrase, meant of both pictures, and how many each has."""
    looks = _looks(voice, first, second) if voice.chance(0.85) else {}
    one, two = first.having(looks), second.having(looks)
    # the phrase stands once; it is tied to the picture that has more of them
    meant = (first.picture, one) if len(one) >= len(two) else (second.picture, two)
    return [Named(noun(voice, looks, plural=True), *meant)], len(one), len(two)
