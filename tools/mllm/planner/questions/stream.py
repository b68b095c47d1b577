"""Seeded streams of (question, plan) examples for training, for measuring, and for showing.

Splits: a question's string decides (by hash) whether it trains, tunes or tests; apart from that, held-out nouns, invented
words and held-out wordings measure what the model does with language that it never saw.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .. import inflect
from ..plan import Span, Step
from ..tokens import Token
from . import declines, nouns, reading, scene, space, tabletop
from .noise import polite, typed
from .things import Asked, Speaker
from .wording import Leaf

_GROUPS: tuple[tuple[float, tuple[tuple[float, object], ...], float], ...] = (
    # share, families, how often filled with table-top names
    (0.44, scene.FAMILIES, 0.14),
    (0.13, space.FAMILIES, 0.12),
    (0.16, reading.FAMILIES, 0.03),
    (0.2, tabletop.FAMILIES, 0.8),
    (0.07, declines.FAMILIES, 0.0),
)
_HELD_OUT = frozenset(nouns.HELD_OUT) | frozenset(inflect.plural(noun) for noun in nouns.HELD_OUT)


def _table() -> tuple[list[Callable[[Speaker], Asked]], list[float], list[float]]:
    makers: list[Callable[[Speaker], Asked]] = []
    weights: list[float] = []
    tables: list[float] = []
    for share, families, table in _GROUPS:
        total = sum(weight for weight, _ in families)
        for weight, family in families:
            makers.append(family)  # type: ignore[arg-type]  # families are such functions
            weights.append(share * weight / total)
            tables.append(table)
    return makers, weights, tables


_MAKERS, _WEIGHTS, _TABLES = _table()
FAMILY_NAMES = tuple(f"{maker.__module__.rsplit('.', 1)[-1]}.{maker.__name__.strip('_')}" for maker in _MAKERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question, its tokens, the steps of its plan, and which tokens are copied."""

    question: str
    tokens: list[Token]
    steps: list[Step]
    family: str
    unseen_wording: bool


def _steps(plan: object, spans: dict[Leaf, tuple[int, int]], out: list[Step]) -> None:
    if isinstance(plan, Leaf):
        out.append(Span(*spans[plan]))
        return
    assert isinstance(plan, tuple)
    out.append(plan[0])
    for argument in plan[1:]:
        _steps(argument, spans, out)


def split_of(question: str) -> str:
    """"train", "dev" or "test", by the question's letters alone."""
    bucket = zlib.crc32(question.lower().strip(" ?.").encode()) % 100
    return "test" if bucket < 2 else "dev" if bucket < 4 else "train"


def examples(
    seed: int, *, split: str = "train", unseen_nouns: bool = False, unseen_wordings: bool = False
) -> Iterator[Example]:
    """An endless stream of examples of one split, the same for the same arguments.

    Args:
        seed: where the stream starts.
        split: "train", "dev" or "test".
        unseen_nouns: fill with held-out and invented nouns only (those examples never train).
        unseen_wordings: use held-out wordings; examples without any are skipped.
    """
    rng = random.Random(f"planner:{seed}:{split}:{unseen_nouns}:{unseen_wordings}")
    order = range(len(_MAKERS))
    while True:
        index = rng.choices(order, _WEIGHTS)[0]
        speaker = Speaker(rng, unseen_nouns=unseen_nouns, unseen_wordings=unseen_wordings)
        speaker.table = not unseen_nouns and rng.random() < _TABLES[index]
        asked = _MAKERS[index](speaker)
        if unseen_wordings and not speaker.used_unseen_wording:
            continue
        line = typed(rng, polite(rng, asked))
        if line is None:
            continue
        question, tokens, spans = line
        if not tokens:
            continue
        if not unseen_nouns and any(token.word in _HELD_OUT for token in tokens):
            continue
        if not (unseen_nouns or unseen_wordings) and split_of(question) != split:
            continue
        steps: list[Step] = []
        _steps(asked.plan, spans, steps)
        yield Example(
            question=question, tokens=tokens, steps=steps, family=FAMILY_NAMES[index],
            unseen_wording=speaker.used_unseen_wording,
        )  # fmt: skip
