"""Talks about one picture: captions, descriptions, pointing both ways, and short questions.

A maker takes a voice and a view and gives a talk, or None where the picture has nothing for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias

from ..planner.questions.wording import Leaf
from ..scenes.world import WORDS
from .facts import ATTRIBUTES, RELATIONS, View
from .naming import RELATION_SAID, attributes_of, group, name, noun, unique_looks
from .said import Talk, Turn
from .speech import Named, Voice, number_word
from .turns import ask, talk, turn

__all__ = ["STILLS", "Maker", "caption", "described", "listed"]

Maker: TypeAlias = Callable[[Voice, View], "Talk | None"]


def listed(voice: Voice, view: View, by: tuple[str, ...]) -> list[str | Leaf]:
    """All present things in groups that share these attributes: "two red cubes, a ball and three blue cylinders"."""
    groups = Counter(tuple(view.value(k, a) for a in by) for k in view.present)
    order = sorted(groups, key=lambda values: (-groups[values], values))
    parts: list[str | Leaf] = []
    for place, values in enumerate(order):
        looks = dict(zip(by, values, strict=True))
        things = view.having(looks)
        if place:
            parts.append("and" if place == len(order) - 1 else ",")
        count = len(things)
        parts.append("a" if count == 1 else number_word(count))
        parts.append(Named(noun(voice, looks, plural=count > 1), view.picture, things))
    return parts


def caption(voice: Voice, view: View) -> Talk | None:
    """One sentence that counts what is there."""
    if not view.present:
        return None
    by = voice.pick((("shape",), ("shape",), ("color", "shape"), ("size", "shape"), ("material", "shape")))
    answer = voice.say("caption.say", list=listed(voice, view, by))
    return talk("caption", "caption", [turn(ask(voice, "caption.ask"), answer, whole=True)], [view])


def described(voice: Voice, view: View) -> list[str | Leaf]:
    """Every thing from front to back with all its words, its place, and what is printed on it."""
    order = sorted(view.present, key=lambda k: view.nearness[k])
    count = len(order)
    parts = voice.say("describe.one" if count == 1 else "describe.count", n=f"{number_word(count)} things")
    last: int | None = None
    for place, k in enumerate(order):
        x = Named(noun(voice, attributes_of(view, k, ATTRIBUTES)), view.picture, (k,))
        parts.append(".")
        relations = [r for r in RELATIONS if last is not None and k in view.relations[r][last]]
        if relations and voice.chance(0.5):
            parts += _large(voice.say("describe.related", r=voice.pick(RELATION_SAID[voice.pick(relations)]), x=x))
        else:
            parts += _large(voice.say("describe.thing", where=_where(view, k, place, count), x=x))
        if k in view.readable:
            parts += [".", *_large(voice.say("describe.text", t=view.readable[k]))]
        last = k
    return parts


def describe(voice: Voice, view: View) -> Talk | None:
    """A paragraph."""
    if not view.present:
        return None
    answer = turn(ask(voice, "describe.ask"), described(voice, view), whole=True)
    return talk("describe", "describe", [answer], [view])


def ground(voice: Voice, view: View) -> Talk | None:
    """A name; the answer is its box."""
    k = _some(voice, view)
    x = None if k is None else name(voice, view, k)
    if k is None or x is None:
        return None
    one = turn(ask(voice, "ground.ask", x=x), ["<region>"], regions=(view.region(k),))
    return talk("ground", "ground.one", [one], [view])


def ground_all(voice: Voice, view: View) -> Talk | None:
    """A plural name; the answer is the boxes of all of them, from left to right."""
    looks = _group(voice, view)
    things = sorted(view.having(looks), key=lambda k: view.across[k])
    if len(things) < 2:
        return None
    x: list[str | Leaf] = ["all", group(voice, view, tuple(things), looks)]
    question = ["find", *x, "."]
    regions = tuple(view.region(k) for k in things)
    return talk("ground", "ground.all", [turn(question, ["<region>"] * len(things), regions=regions)], [view])


def refer(voice: Voice, view: View) -> Talk | None:
    """A box; the answer is the thing in it, in full or as shortly as tells it apart."""
    k = _some(voice, view)
    if k is None:
        return None
    full = Named(noun(voice, attributes_of(view, k, ATTRIBUTES)), view.picture, (k,))
    short = name(voice, view, k) if voice.chance(0.3) else None
    answer: list[str | Leaf] = short or ["a", full]
    if short is None and k in view.readable:
        answer = ["a", Named(f"{full.text} that says {view.readable[k]}", view.picture, (k,))]
    one = turn(ask(voice, "refer.ask"), answer, given=(view.region(k),))
    return talk("refer", "refer.short" if short else "refer.full", [one], [view])


def attribute(voice: Voice, view: View) -> Talk | None:
    """One value of one thing."""
    one = attribute_turn(voice, view, _some(voice, view), voice.pick(ATTRIBUTES))
    return None if one is None else talk("answer", "answer.attribute", [one], [view])


def attribute_turn(voice: Voice, view: View, k: int | None, asked: str) -> Turn | None:
    """What is the colour of ...; also for talks of several turns."""
    x = None if k is None else name(voice, view, k, without=asked)
    if k is None or x is None:
        return None
    answer = Named(view.value(k, asked), view.picture, (k,))
    return turn(ask(voice, f"answer.attribute.{asked}", x=x), [answer])


def count(voice: Voice, view: View) -> Talk | None:
    """How many have these looks."""
    looks = _group(voice, view, absent=0.15)
    things = view.having(looks)
    answer = Named(str(len(things)), view.picture, things)
    one = turn(ask(voice, "answer.count", g=group(voice, view, things, looks)), [answer])
    return talk("answer", "answer.count", [one], [view])


def exists(voice: Voice, view: View) -> Talk | None:
    """Whether there is one with these looks."""
    looks = _group(voice, view, absent=0.5)
    things = view.having(looks)
    g = Named(noun(voice, looks), view.picture, things)
    return talk("answer", "answer.exists", [turn(ask(voice, "answer.exists", g=g), [yes(bool(things))])], [view])


def side(voice: Voice, view: View) -> Talk | None:
    """How many with these looks lie to one side of a thing."""
    k, relation = _some(voice, view), voice.pick(RELATIONS)
    x = None if k is None else name(voice, view, k)
    if k is None or x is None:
        return None
    looks = _group(voice, view) if voice.chance(0.6) else {}
    things = tuple(j for j in view.beyond(relation, k) if j in view.having(looks))
    g = group(voice, view, things, looks)
    answer = Named(str(len(things)), view.picture, things)
    one = turn(ask(voice, "answer.side", g=g, r=voice.pick(RELATION_SAID[relation]), x=x), [answer])
    return talk("answer", "answer.side", [one], [view])


def what(voice: Voice, view: View) -> Talk | None:
    """The one thing that lies to one side of another."""
    options = [(k, r, view.beyond(r, k)[0]) for k in view.present for r in RELATIONS if len(view.beyond(r, k)) == 1]
    if not options:
        return None
    k, relation, found = voice.pick(options)
    x, answer = name(voice, view, k), name(voice, view, found)
    if x is None or answer is None:
        return None
    one = turn(ask(voice, "answer.what", r=voice.pick(RELATION_SAID[relation]), x=x), answer)
    return talk("answer", "answer.what", [one], [view])


def same(voice: Voice, view: View) -> Talk | None:
    """How many others share an attribute with a thing."""
    k, shared = _some(voice, view), voice.pick(ATTRIBUTES)
    x = None if k is None else name(voice, view, k, without=shared)
    if k is None or x is None:
        return None
    things = tuple(j for j in view.having({shared: view.value(k, shared)}) if j != k)
    answer = Named(str(len(things)), view.picture, things)
    return talk("answer", "answer.same", [turn(ask(voice, "answer.same", a=shared, x=x), [answer])], [view])


def more(voice: Voice, view: View) -> Talk | None:
    """Whether one group is larger than another."""
    one, other = _group(voice, view), _group(voice, view)
    if one == other:
        return None
    first, second = view.having(one), view.having(other)
    g, h = group(voice, view, first, one), group(voice, view, second, other)
    asked = ask(voice, "answer.more", g=g, h=h)
    return talk("answer", "answer.more", [turn(asked, [yes(len(first) > len(second))])], [view])


def end(voice: Voice, view: View) -> Talk | None:
    """The leftmost, rightmost, nearest or farthest thing, where one clearly is."""
    word, keys, clear = voice.pick(
        (
            ("leftmost", view.across, 0.03),
            ("rightmost", tuple(-c for c in view.across), 0.03),
            ("nearest", view.nearness, 0.3),
            ("farthest", tuple(-c for c in view.nearness), 0.3),
        )
    )
    order = sorted(view.present, key=lambda k: keys[k])
    if len(order) < 2 or keys[order[1]] - keys[order[0]] < clear or not unique_looks(view, order[0]):
        return None
    chosen = voice.pick(unique_looks(view, order[0]))
    answer = Named(noun(voice, attributes_of(view, order[0], chosen)), view.picture, (order[0],))
    return talk("answer", "answer.end", [turn(ask(voice, "answer.end", e=word), ["the", answer])], [view])


STILLS: Final[tuple[tuple[float, Maker], ...]] = (
    (1.0, caption),
    (0.7, describe),
    (1.5, ground),
    (0.5, ground_all),
    (1.5, refer),
    (1.0, attribute),
    (1.0, count),
    (0.6, exists),
    (1.0, side),
    (0.6, what),
    (0.6, same),
    (0.6, more),
    (0.4, end),
)


def yes(value: bool) -> str:
    """The word for it."""
    return "yes" if value else "no"


def _some(voice: Voice, view: View) -> int | None:
    return voice.pick(view.present) if view.present else None


def _group(voice: Voice, view: View, absent: float = 0.0) -> dict[str, str]:
    """One or two values of some present thing, or now and then one value that it has not."""
    chosen = voice.rng.sample(ATTRIBUTES, voice.pick((1, 1, 2)))
    k = _some(voice, view)
    if k is None:
        return {a: voice.pick(WORDS[a]) for a in chosen}
    looks = {a: view.value(k, a) for a in chosen}
    if voice.chance(absent):
        looks[chosen[0]] = voice.pick(WORDS[chosen[0]])
    return looks


def _where(view: View, k: int, place: int, count: int) -> str:
    across = "on the left" if view.across[k] < 0.36 else "on the right" if view.across[k] > 0.64 else "in the middle"
    if count < 3:
        return across
    if place < count / 3:
        return f"{across} at the front"
    return across if place < 2 * count / 3 else f"{across} at the back"


def _large(pieces: list[str | Leaf]) -> list[str | Leaf]:
    """The pieces of a sentence within a paragraph."""
    first = pieces[0]
    return [first[:1].upper() + first[1:], *pieces[1:]] if isinstance(first, str) else pieces
