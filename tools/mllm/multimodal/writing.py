"""Items written as tokens, and tokens as padded batches in which what decides and where things are named is marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from .model import Lines
from .tasks import Item
from .text import POINTED, Text

__all__ = ["lines", "written"]


def written(text: Text, some: Sequence[Item]) -> list[tuple[list[int], int]]:
    """Tokens of each item, and how many of them are said to the model."""
    asked = text.encode_all([one.question for one in some])
    thought = text.encode_all([one.thoughts or "" for one in some])
    said = text.encode_all([one.answer for one in some])
    rows = []
    for one, question, thoughts, answer in zip(some, asked, thought, said, strict=True):
        if one.thoughts is None:
            start, spoken = [text.user, *question, text.answer], [*answer, text.end]
        else:
            start, spoken = [text.user, *question, text.think], [*thoughts, text.answer, *answer, text.end]
        rows.append((start + spoken, len(start)))
    return rows


def lines(rows: Sequence[tuple[list[int], int]], text: Text | None = None) -> Lines:
    """Rows of tokens as one padded batch; with `text`, what decides and where things are named is marked."""
    longest = max(len(row) for row, _ in rows)
    tokens = torch.full((len(rows), longest), Text.pad, dtype=torch.int64)
    present = torch.zeros(len(rows), longest, dtype=torch.bool)
    spoken = torch.zeros(len(rows), longest, dtype=torch.bool)
    decides = torch.zeros(len(rows), longest, dtype=torch.bool)
    naming: list[tuple[int, int]] = []
    named: list[list[int]] = []
    for k, (row, heard) in enumerate(rows):
        tokens[k, : len(row)] = torch.tensor(row)
        present[k, : len(row)] = True
        spoken[k, heard : len(row)] = True
        if text is not None:
            before = (text.colon, text.semicolon, text.think, text.answer)
            decides[k, [place for place in range(heard, len(row)) if row[place - 1] in before]] = True
            for place, things in _names(row, heard, text):
                naming.append((k, place))
                named.append(things)
    meant = torch.zeros(len(named), POINTED, dtype=torch.bool)
    for k, things in enumerate(named):
        meant[k, things] = True
    where = torch.tensor(naming, dtype=torch.int64).reshape(-1, 2)
    return Lines(tokens=tokens, present=present, spoken=spoken, decides=decides, naming=where, named=meant)


def _names(row: Sequence[int], heard: int, text: Text) -> Iterator[tuple[int, list[int]]]:
    """Places of a row from which things are named, with all of the list: its colon and each thing before the last."""
    pointers = range(text.first_pointer, text.first_pointer + POINTED)
    for place in range(heard, len(row) - 1):
        if row[place] != text.colon:
            continue
        end = place + 1
        while row[end] in pointers:
            end += 1
        things = [token - text.first_pointer for token in row[place + 1 : end]]
        if things or row[end] == text.none:
            for one in range(place, end):
                yield one, things
