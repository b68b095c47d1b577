"""Questions about several pictures, and about several frames of a clip, with the steps that lead to their answers.

A step that looks at one picture says which: "find red cube in 2 : <o5> ;". Pointers count on from one picture to the
next. Things of a clip are known again by their looks, so only clips in which all look different are asked about.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from .asking import Beholder
from .reasoning import Unanswerable, Wanted, pointer
from .scene import Scene
from .tasks import Item

__all__ = ["about_frames", "about_pictures"]

_ORDINALS = ("first", "second", "third", "fourth")
_MOVED = 0.6  # world units; less is standing still
_TRIES = 8
_MOST_COUNTED = 12


def about_pictures(rng: random.Random, scenes: Sequence[Scene]) -> Item | None:
    """A question about two or more pictures; None where nothing certain came to mind."""
    return _first(rng, scenes, _PICTURES)


def about_frames(rng: random.Random, scenes: Sequence[Scene]) -> Item | None:
    """A question about frames of a clip, in order of time; None where nothing certain came to mind."""
    if any(len({one.name for one in scene.things}) < len(scene.things) for scene in scenes):
        return None
    return _first(rng, scenes, _FRAMES)


class _Look:
    """Looks into several scenes, and writes down what it does."""

    def __init__(self, rng: random.Random, scenes: Sequence[Scene], word: str) -> None:
        self.rng, self.scenes, self.word = rng, scenes, word
        self.offsets = [sum(len(scene.things) for scene in scenes[:k]) for k in range(len(scenes))]
        self.steps: list[str] = []

    def step(self, words: str, result: str) -> None:
        self.steps.append(f"{words} : {result} ;")

    def pointed(self, words: str, found: Sequence[tuple[int, int]]) -> None:
        """A step that ends in things, each a picture's number and its number there."""
        self.step(words, " ".join(self.pointer(*one) for one in found) or "none")

    def pointer(self, picture: int, thing: int) -> str:
        return pointer(self.offsets[picture] + thing)

    def find(self, picture: int, wanted: Wanted) -> list[int]:
        scene = self.scenes[picture]
        found = [k for k in range(len(scene.things)) if wanted.fits(scene, k)]
        self.pointed(f"find {wanted} in {picture + 1}", [(picture, k) for k in found])
        return found

    def single(self, picture: int, wanted: Wanted) -> int:
        found = self.find(picture, wanted)
        if len(found) != 1:
            raise Unanswerable("not exactly one thing fits")
        return found[0]

    def again(self, picture: int, thing: int, other: int) -> int | None:
        """The number in another picture of what looks the same there."""
        name = self.scenes[picture].things[thing].name
        found = next((k for k, one in enumerate(self.scenes[other].things) if one.name == name), None)
        self.pointed(f"{self.pointer(picture, thing)} in {other + 1}", [] if found is None else [(other, found)])
        return found

    def count(self, found: Sequence[object]) -> int:
        if len(found) > _MOST_COUNTED:
            raise Unanswerable("too many to count")
        self.step("count", str(len(found)))
        return len(found)

    def name(self, picture: int, *, plural: bool = False) -> tuple[str, Wanted]:
        """A name that probably fits something in a picture, and what it demands."""
        spoken = Beholder(self.rng, self.scenes[picture]).table_name(plural=plural)
        return spoken, Wanted.of(spoken)

    def said(self, picture: int) -> str:
        """How a picture is spoken of."""
        ways = [f"the {_ORDINALS[picture]} {self.word}", f"{self.word} {picture + 1}"]
        if picture == len(self.scenes) - 1:
            ways.append(f"the last {self.word}")
        return self.rng.choice(ways)

    def item(self, kind: str, wordings: Sequence[str], answer: str, **slots: str) -> Item:
        question = self.rng.choice(wordings).format(**slots)
        return Item(kind=kind, question=question, thoughts=" ".join(self.steps), answer=answer)

    def any_picture(self) -> int:
        return self.rng.randrange(len(self.scenes))


_Maker = Callable[[_Look], Item]


def _first(rng: random.Random, scenes: Sequence[Scene], makers: Sequence[tuple[_Maker, str]]) -> Item | None:
    for _ in range(_TRIES):
        make, word = rng.choice(makers)
        try:
            return make(_Look(rng, scenes, word))
        except Unanswerable:
            continue
    return None


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


# -- pictures --


def _count_in(look: _Look) -> Item:
    p = look.any_picture()
    name, wanted = look.name(look.any_picture(), plural=True)
    number = look.count(look.find(p, wanted))
    wordings = (
        "How many {x} are there in {p}?",
        "how many {x} in {p}",
        "What number of {x} does {p} show?",
        "In {p}, how many {x} are visible?",
        "count the {x} in {p}",
    )
    return look.item("count_in", wordings, str(number), x=name, p=look.said(p))


def _exists_in(look: _Look) -> Item:
    p = look.any_picture()
    name, wanted = look.name(look.any_picture())
    found = look.find(p, wanted)
    wordings = (
        "Is there a {x} in {p}?",
        "does {p} show a {x}",
        "Do you see a {x} in {p}?",
        "In {p}, is there any {x}?",
    )
    return look.item("exists_in", wordings, _yes(bool(found)), x=name, p=look.said(p))


def _attribute_in(look: _Look) -> Item:
    p = look.any_picture()
    name, wanted = look.name(p)
    open_ = [key for key in ("color", "shape", "material", "size") if key not in wanted.demands]
    if not open_:
        raise Unanswerable("the name says it all")
    asked = look.rng.choice(open_)
    thing = look.single(p, wanted)
    value = look.scenes[p].things[thing].attributes[asked]
    look.step(f"{asked} {look.pointer(p, thing)}", value)
    wordings = (
        "What {a} is the {x} in {p}?",
        "What is the {a} of the {x} in {p}?",
        "{a} of the {x} in {p}",
        "In {p}, what {a} does the {x} have?",
    )
    return look.item("attribute_in", wordings, value, a=asked, x=name, p=look.said(p))


def _total(look: _Look) -> Item:
    name, wanted = look.name(look.any_picture(), plural=True)
    found = [(p, k) for p in range(len(look.scenes)) for k in look.find(p, wanted)]
    look.pointed("all", found)
    number = look.count(found)
    wordings = (
        "How many {x} are there in all pictures together?",
        "how many {x} are there in total",
        "Counting all pictures, how many {x} are there?",
        "total number of {x}",
    )
    return look.item("total", wordings, str(number), x=name)


def _more_in(look: _Look) -> Item:
    a, b = look.rng.sample(range(len(look.scenes)), 2)
    name, wanted = look.name(look.rng.choice((a, b)), plural=True)
    first, second = (look.count(look.find(p, wanted)) for p in (a, b))
    look.step(f"more {first} {second}", _yes(first > second))
    wordings = (
        "Are there more {x} in {a} than in {b}?",
        "does {a} show more {x} than {b}",
        "Does {a} have more {x} than {b}?",
    )
    return look.item("more_in", wordings, _yes(first > second), x=name, a=look.said(a), b=look.said(b))


def _which_has(look: _Look) -> Item:
    name, wanted = look.name(look.any_picture())
    fits = [p for p in range(len(look.scenes)) if look.find(p, wanted)]
    if len(fits) != 1:
        raise Unanswerable("not exactly one picture shows it")
    wordings = (
        "Which picture shows a {x}?",
        "In which picture is there a {x}?",
        "which image has the {x}",
        "Where do you see a {x}, in which picture?",
    )
    return look.item("which_picture", wordings, f"the {_ORDINALS[fits[0]]}", x=name)


def _every(look: _Look) -> Item:
    name, wanted = look.name(look.any_picture())
    found = [bool(look.find(p, wanted)) for p in range(len(look.scenes))]
    look.step("and", " ".join(map(_yes, found)))
    both = "both pictures" if len(found) == 2 else "all pictures"
    wordings = (
        "Is there a {x} in {p}?",
        "does a {x} appear in {p}",
        "Do {p} show a {x}?",
    )
    return look.item("every_picture", wordings, _yes(all(found)), x=name, p=both)


# -- frames of a clip --


def _again(look: _Look) -> tuple[str, tuple[int, int]]:
    """A thing that is to be seen at the beginning and at the end: its name, and its numbers there."""
    last = len(look.scenes) - 1
    thing = look.rng.choice(look.scenes[0].things or (None,))
    if thing is None:
        raise Unanswerable("nothing is there")
    spoken, wanted = look.name(0)
    return spoken, (look.single(0, wanted), look.single(last, wanted))


def _moved(look: _Look, a: int, b: int) -> str:
    """Which way a thing, numbers of the first and of the last frame, has gone; "no" where it stands still."""
    first, last = look.scenes[0].things[a], look.scenes[-1].things[b]
    if first.name != last.name:
        raise Unanswerable("another thing")
    right, forward = (end - start for start, end in zip(first.ground, last.ground, strict=True))
    if max(abs(right), abs(forward)) < _MOVED / 3:
        way = "no"
    elif max(abs(right), abs(forward)) < _MOVED or 0.7 < abs(right) / max(abs(forward), 1e-6) < 1.4:
        raise Unanswerable("hard to say")
    elif abs(right) > abs(forward):
        way = "right" if right > 0 else "left"
    else:
        way = "away" if forward > 0 else "closer"
    look.step(f"moved {look.pointer(0, a)} {look.pointer(len(look.scenes) - 1, b)}", way)
    return way


def _moves(look: _Look) -> Item:
    name, (a, b) = _again(look)
    way = _moved(look, a, b)
    wordings = ("Does the {x} move?", "did the {x} move", "Has the {x} moved?", "is the {x} moving")
    return look.item("moves", wordings, _yes(way != "no"), x=name)


def _which_way(look: _Look) -> Item:
    name, (a, b) = _again(look)
    way = _moved(look, a, b)
    if way == "no":
        raise Unanswerable("it stands still")
    wordings = ("Which way does the {x} move?", "Where does the {x} go?", "In which direction does the {x} move?")
    return look.item("which_way", wordings, way, x=name)


def _movers(look: _Look) -> list[int]:
    """What moves, as numbers in the last frame."""
    last = len(look.scenes) - 1
    found = []
    for b, thing in enumerate(look.scenes[last].things):
        a = look.again(last, b, 0)
        if a is None:
            continue
        first = look.scenes[0].things[a]
        far = max(abs(end - start) for start, end in zip(first.ground, thing.ground, strict=True))
        if _MOVED / 3 <= far < _MOVED:
            raise Unanswerable("hard to say")
        look.step(f"moves {look.pointer(0, a)} {look.pointer(last, b)}", _yes(far >= _MOVED))
        if far >= _MOVED:
            found.append(b)
    look.pointed(f"moved in {last + 1}", [(last, b) for b in found])
    return found


def _what_moves(look: _Look) -> Item:
    found, last = _movers(look), look.scenes[-1]
    answer = " , ".join(f"{last.things[b].name} {look.pointer(len(look.scenes) - 1, b)}" for b in found) or "nothing"
    return look.item("what_moves", ("What moves?", "which things move", "What is moving?", "What has moved?"), answer)


def _movers_count(look: _Look) -> Item:
    number = look.count(_movers(look))
    return look.item("movers", ("How many things move?", "how many objects are moving"), str(number))


def _changed(look: _Look, word: str) -> tuple[int, list[int]]:
    """What is in the last frame and not in the first ("new"), or the other way round ("gone"): frame, things."""
    last = len(look.scenes) - 1
    here, there = (last, 0) if word == "new" else (0, last)
    found = [k for k in range(len(look.scenes[here].things)) if look.again(here, k, there) is None]
    look.pointed(f"{word} in {here + 1}", [(here, k) for k in found])
    return here, found


def _comes(look: _Look) -> Item:
    return _what_changed(look, "new", ("What comes in?", "what appears", "What has appeared?", "Which things are new?"))


def _leaves(look: _Look) -> Item:
    wordings = ("What leaves?", "what disappears", "What has gone?", "Which things are gone at the end?")
    return _what_changed(look, "gone", wordings)


def _what_changed(look: _Look, word: str, wordings: Sequence[str]) -> Item:
    frame, found = _changed(look, word)
    things = look.scenes[frame].things
    answer = " , ".join(f"{things[k].name} {look.pointer(frame, k)}" for k in found) or "nothing"
    return look.item(word, wordings, answer)


def _count_at(look: _Look) -> Item:
    p = look.rng.choice((0, len(look.scenes) - 1))
    name, wanted = look.name(p, plural=True)
    number = look.count(look.find(p, wanted))
    wordings = ("How many {x} are there {t}?", "how many {x} {t}", "{t}, how many {x} are there?")
    return look.item("count_at", wordings, str(number), x=name, t="at the end" if p else "at the beginning")


_PICTURES: tuple[tuple[_Maker, str], ...] = (
    *((maker, word) for maker in (_count_in, _exists_in, _attribute_in, _more_in) for word in ("picture", "image")),
    *((maker, "picture") for maker in (_total, _which_has, _every)),
)
_FRAMES: tuple[tuple[_Maker, str], ...] = tuple(
    (maker, "frame")
    for maker in (_moves, _which_way, _which_way, _what_moves, _movers_count, _comes, _leaves, _count_at, _attribute_in)
)
