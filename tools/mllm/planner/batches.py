"""Examples -> tensors: the vocabulary of known words, word dropout, padding."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from .model import BEGIN, KINDS, MAX_DEPTH, SPAN, Lessons, Questions
from .plan import NAMES, Progress, Span, Step
from .tokens import Token, letter_groups

if TYPE_CHECKING:
    from .questions.stream import Example

UNKNOWN = 1
_OPERATOR = {name: index for index, name in enumerate(NAMES)}
_KIND = {kind: index for index, kind in enumerate(KINDS)}


class Vocabulary:
    """The words that have a vector of their own; 0 is padding, 1 is any other word."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._place = {word: index + 2 for index, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words) + 2

    def id(self, word: str) -> int:
        return self._place.get(word, UNKNOWN)

    @classmethod
    def gather(cls, examples: Iterable[Example], *, least: int) -> Vocabulary:
        """Words that occur at least `least` times, most frequent first."""
        counts: Counter[str] = Counter()
        for example in examples:
            counts.update(token.word for token in example.tokens)
        kept = [word for word, count in counts.items() if count >= least]
        return cls(sorted(kept, key=lambda word: (-counts[word], word)))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(list(self.words)))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        return cls(json.loads(path.read_text()))


def questions(
    lines: Sequence[Sequence[Token]], vocabulary: Vocabulary, dropped: Sequence[set[int]] | None = None
) -> Questions:
    """Token lists -> what the encoder reads; tokens in `dropped` count as unknown words."""
    longest = max(len(line) for line in lines)
    rows = np.zeros((len(lines), longest), dtype=np.int64)
    shapes = np.zeros((len(lines), longest), dtype=np.int64)
    present = np.zeros((len(lines), longest), dtype=bool)
    distinct: dict[tuple[str, bool], int] = {}
    for b, line in enumerate(lines):
        drop = dropped[b] if dropped is not None else ()
        for t, token in enumerate(line):
            rows[b, t] = distinct.setdefault((token.word, t in drop), len(distinct) + 1)
            shapes[b, t] = token.shape
        present[b, : len(line)] = True
    word_ids = np.zeros(len(distinct) + 1, dtype=np.int64)
    letters = np.zeros((len(distinct) + 1, 16), dtype=np.int64)
    for (word, unknown), row in distinct.items():
        word_ids[row] = UNKNOWN if unknown else vocabulary.id(word)
        groups = letter_groups(word)
        letters[row, : len(groups)] = groups
    return Questions(
        word_ids=torch.from_numpy(word_ids),
        letters=torch.from_numpy(letters),
        rows=torch.from_numpy(rows),
        shapes=torch.from_numpy(shapes),
        present=torch.from_numpy(present),
    )


def training(
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    rng: random.Random | None,
    *,
    copied: float = 0.3,
    other: float = 0.03,
) -> Lessons:
    """Examples -> a whole batch; with `rng`, copied words become unknown at rate `copied`, other words at `other`."""
    dropped: list[set[int]] | None = None
    if rng is not None:
        dropped = []
        for example in examples:
            inside = {
                i
                for step in example.steps
                if isinstance(step, Span) and step.end - step.start < 8
                for i in range(step.start, step.end)
            }
            dropped.append({i for i in range(len(example.tokens)) if rng.random() < (copied if i in inside else other)})
    longest = max(len(example.steps) for example in examples)
    size = (len(examples), longest)
    inputs = np.full(size, BEGIN, dtype=np.int64)
    input_spans = np.zeros((*size, 2), dtype=np.int64)
    kinds, depths = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    targets, target_spans = np.full(size, -100, dtype=np.int64), np.full((*size, 2), -100, dtype=np.int64)
    for b, example in enumerate(examples):
        progress = Progress(expected=[example.root])
        for s, step in enumerate(example.steps):
            kinds[b, s] = _KIND[progress.expected[-1]]
            depths[b, s] = min(len(progress.expected), MAX_DEPTH)
            progress.push(step)
            code, first, last = encode_step(step)
            targets[b, s] = code
            if code == SPAN:
                target_spans[b, s] = first, last
            if s + 1 < longest:
                inputs[b, s + 1] = code
                input_spans[b, s + 1] = first, last
    return Lessons(
        questions([example.tokens for example in examples], vocabulary, dropped),
        *(torch.from_numpy(part) for part in (inputs, input_spans, kinds, depths, targets, target_spans)),
    )


def encode_step(step: Step) -> tuple[int, int, int]:
    """A step as (choice, first token, last token)."""
    if isinstance(step, Span):
        return SPAN, step.start, step.end - 1
    return _OPERATOR[step], 0, 0


def kind_ids(progress: Progress) -> tuple[int, int]:
    """What the decoder is told about the next step: expected kind and depth."""
    return _KIND[progress.expected[-1]], min(len(progress.expected), MAX_DEPTH)
