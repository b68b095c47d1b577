"""Seeded streams of (question, plan) examples for training, for measuring, and for showing.

Splits: a question's string decides (by hash) whether it trains, tunes or tests; apart from that, held-out nouns,
invented words and held-out wordings measure what the model does with language that it never saw.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from .. import inflect
from ..plan import Kind, Span, Step
from ..tokens import Token
from . import nouns
from .families import GROUPS
from .polite import polite
from .things import Speaker
from .typed import typed
from .wording import Leaf

_HELD_OUT = frozenset(nouns.HELD_OUT) | frozenset(inflect.plural(noun) for noun in nouns.HELD_OUT)


_MAKERS = [maker for group in GROUPS for _, maker in group.families]
_TABLES = [group.table for group in GROUPS for _ in group.families]
_ROOTS = [group.root for group in GROUPS for _ in group.families]
_WEIGHTS = [
    group.share * weight / sum(weight for weight, _ in group.families)
    for group in GROUPS
    for weight, _ in group.families
]
FAMILY_NAMES = tuple(f"{maker.__module__.rsplit('.', 1)[-1]}.{maker.__name__}" for maker in _MAKERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question, its tokens, the steps of its plan, and which tokens are copied."""

    question: str
    tokens: list[Token]
    steps: list[Step]
    family: str
    unseen_wording: bool
    root: Kind = Kind.ANSWER  # HAPPENING for a question about a video


def steps_of(plan: object, spans: dict[Leaf, tuple[int, int]]) -> list[Step]:
    """The steps of a plan whose leaves became such tokens."""
    if isinstance(plan, Leaf):
        return [Span(*spans[plan])]
    assert isinstance(plan, tuple)
    return [plan[0], *(step for argument in plan[1:] for step in steps_of(argument, spans))]


def split_of(question: str) -> str:
    """ "train", "dev" or "test", by the question's letters alone."""
    bucket = zlib.crc32(question.lower().strip(" ?.").encode()) % 100
    return "test" if bucket < 2 else "dev" if bucket < 4 else "train"


def examples(
    seed: int,
    *,
    split: str = "train",
    unseen_nouns: bool = False,
    unseen_wordings: bool = False,
    root: Kind | None = Kind.ANSWER,
) -> Iterator[Example]:
    """An endless stream of examples of one split, the same for the same arguments.

    Args:
        seed: where the stream starts.
        split: "train", "dev" or "test".
        unseen_nouns: fill with held-out and invented nouns only (those examples never train).
        unseen_wordings: use held-out wordings; examples without any are skipped.
        root: only questions about pictures (ANSWER) or about videos (HAPPENING); None for both.
    """
    rng = random.Random(f"planner:{seed}:{split}:{unseen_nouns}:{unseen_wordings}")
    order = range(len(_MAKERS))
    while True:
        index = rng.choices(order, _WEIGHTS)[0]
        if root is not None and _ROOTS[index] is not root:
            continue
        speaker = Speaker(rng, unseen_nouns=unseen_nouns, unseen_wordings=unseen_wordings)
        speaker.table = not unseen_nouns and rng.random() < _TABLES[index]
        asked = _MAKERS[index](speaker)
        if unseen_wordings and not speaker.used_unseen_wording:
            continue
        line = typed(rng, polite(rng, asked))
        if line is None:
            continue
        if not line.tokens:
            continue
        if not unseen_nouns and any(token.word in _HELD_OUT for token in line.tokens):
            continue
        if not (unseen_nouns or unseen_wordings) and split_of(line.question) != split:
            continue
        steps = steps_of(asked.plan, line.spans)
        yield Example(
            question=line.question, tokens=line.tokens, steps=steps, family=FAMILY_NAMES[index],
            unseen_wording=speaker.used_unseen_wording, root=_ROOTS[index],
        )  # fmt: skip
