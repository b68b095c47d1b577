"""Questions about what is printed on things. Print is pointed at, letter by letter.

    find red cube : <o2> ; read <o2> : <c3> <c4> <c5> ;

Which letter a pointed one is, the print reader has said; which are meant, the model says.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence

from .asking import Beholder
from .reasoning import Unanswerable, Wanted, pointer
from .scene import Scene
from .tasks import Item
from .text import LETTER_POINTERS
from .visual import LONGEST

__all__ = ["about_print", "joined", "spelled_out"]

_TRIES = 8
_SPELLED = re.compile(r"<c\d+>(?: <c\d+>)*")


def spelled_out(scene: Scene, thing: int) -> str:
    """A thing's print as the model points at it.

    Raises: Unanswerable when it stands behind the last letter that can be pointed at.
    """
    start = sum(len(one.text[:LONGEST]) for one in scene.things[:thing])
    end = start + len(scene.things[thing].text[:LONGEST])
    if end > LETTER_POINTERS:
        raise Unanswerable("there is too much print")
    return " ".join(f"<c{k}>" for k in range(start, end))


def joined(said: str, scenes: Iterable[Scene]) -> str:
    """What the model said, with the letters that it points at as words."""
    letters = "".join(one.text[:LONGEST] for scene in scenes for one in scene.things)

    def word(match: re.Match[str]) -> str:
        numbers = map(int, re.findall(r"\d+", match[0]))
        return "".join(letters[k] for k in numbers if k < len(letters))

    return _SPELLED.sub(word, said)


def about_print(rng: random.Random, scene: Scene) -> Item | None:
    """A question about what can be read; None where nothing certain came to mind."""
    for _ in range(_TRIES):
        try:
            return rng.choice(_MAKERS)(rng, scene)
        except Unanswerable:
            continue
    return None


def _steps(*steps: tuple[str, str]) -> str:
    return " ".join(f"{words} : {result} ;" for words, result in steps)


def _printed(scene: Scene) -> list[int]:
    """What carries print, from left to right."""
    return [k for k, one in enumerate(scene.things) if one.text]


def _listed(things: Sequence[int]) -> str:
    return " ".join(map(pointer, things)) or "none"


def _on(rng: random.Random, scene: Scene) -> Item:
    printed = _printed(scene)
    name = Beholder(rng, scene).table_name(plural=False)
    wanted = Wanted.of(name)
    found = [k for k in range(len(scene.things)) if wanted.fits(scene, k)]
    if len(found) != 1 or (found[0] not in printed and rng.random() < 0.7):
        raise Unanswerable("not exactly one thing fits, or nothing can be read there")
    text = scene.things[found[0]].text
    said = spelled_out(scene, found[0]) or "nothing"
    wordings: tuple[str, ...] = (
        "What does the {x} say?",
        "What is written on the {x}?",
        "read the {x}",
        "what text is on the {x}",
        "What is printed on the {x}?",
    )
    if text.isdigit():
        wordings = ("What number is on the {x}?", "Which number does the {x} show?", *wordings)
    elif text:
        wordings = ("What word is on the {x}?", "Which word is written on the {x}?", *wordings)
    thoughts = _steps((f"find {wanted}", pointer(found[0])), (f"read {pointer(found[0])}", said))
    return Item(kind="read", question=rng.choice(wordings).format(x=name), thoughts=thoughts, answer=said)


def _has(rng: random.Random, scene: Scene) -> Item:
    name = Beholder(rng, scene).table_name(plural=False)
    wanted = Wanted.of(name)
    found = [k for k in range(len(scene.things)) if wanted.fits(scene, k)]
    if len(found) != 1:
        raise Unanswerable("not exactly one thing fits")
    kept = [k for k in found if scene.things[k].text]
    thoughts = _steps((f"find {wanted}", pointer(found[0])), ("which printed", _listed(kept)))
    wordings = (
        "Is there text on the {x}?",
        "does the {x} say something",
        "Is anything written on the {x}?",
        "is anything printed on the {x}",
    )
    return Item(
        kind="read_any",
        question=rng.choice(wordings).format(x=name),
        thoughts=thoughts,
        answer="yes" if kept else "no",
    )


def _which(rng: random.Random, scene: Scene) -> Item:
    kept = _printed(scene)
    wordings = (
        "Which things have something written on them?",
        "what has text on it",
        "Which object carries print?",
        "What is printed on?",
    )
    answer = " , ".join(f"{scene.things[k].name} {pointer(k)}" for k in kept) or "none"
    return Item(
        kind="read_which",
        question=rng.choice(wordings),
        thoughts=_steps(("find printed", _listed(kept))),
        answer=answer,
    )


def _all(rng: random.Random, scene: Scene) -> Item:
    kept = _printed(scene)
    wordings = (
        "What texts are there, from left to right?",
        "read all the text",
        "What can be read in the picture?",
        "read everything from left to right",
        "What does the picture say?",
    )
    said = [spelled_out(scene, k) for k in kept]
    reads = [(f"read {pointer(k)}", text) for k, text in zip(kept, said, strict=True)]
    answer = " , ".join(said) or "nothing"
    thoughts = _steps(("find printed", _listed(kept)), *reads)
    return Item(kind="read_all", question=rng.choice(wordings), thoughts=thoughts, answer=answer)


def _count(rng: random.Random, scene: Scene) -> Item:
    kept = _printed(scene)
    wordings = ("How many things have text on them?", "how many objects are printed on", "count the things with text")
    thoughts = _steps(("find printed", _listed(kept)), ("count", str(len(kept))))
    return Item(kind="read_count", question=rng.choice(wordings), thoughts=thoughts, answer=str(len(kept)))


_MAKERS: tuple[Callable[[random.Random, Scene], Item], ...] = (
    _on,
    _on,
    _on,
    _on,
    _on,
    _has,
    _which,
    _all,
    _all,
    _count,
)
