"""A mini-language for wordings: `(a|b)` chooses, `[a]` may be left out, `{slot}` is filled.

A filled wording is a list of literal words and `Leaf` objects.  A leaf is text that the plan copies; plans refer to
the same leaf objects, so when the words are strung together every leaf learns which tokens it became.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

_FOLDER = Path(__file__).parent / "wordings"
_HEADING = re.compile(r"\[([\w.]+)\]")


class Leaf:
    """A piece of the question that a plan copies."""

    __slots__ = ("kind", "text")

    def __init__(self, text: str, kind: str = "name") -> None:
        self.text = text
        self.kind = kind  # "name", "quote" or "number": what noise may do to it


class Mark:
    """Where a question that is itself copied begins or ends."""

    __slots__ = ("leaf", "opening")

    def __init__(self, leaf: Leaf, *, opening: bool) -> None:
        self.leaf = leaf
        self.opening = opening


Piece: TypeAlias = "str | Leaf | Mark"
Plan: TypeAlias = "tuple[object, ...]"  # ("count", ("find", Leaf)): an operator and its arguments
_Part: TypeAlias = "str | _Slot | _Either"


class _Slot(str):
    __slots__ = ()


class _Either(tuple[tuple[_Part, ...], ...]):
    __slots__ = ()


def _parse(text: str, place: int, closing: str) -> tuple[list[tuple[_Part, ...]], int]:
    """Alternatives separated by `|` from `place` on until `closing`."""
    alternatives: list[tuple[_Part, ...]] = []
    parts: list[_Part] = []
    literal = ""

    def flush() -> None:
        nonlocal literal
        if literal.strip():
            parts.append(literal.strip())
        literal = ""

    while place < len(text):
        mark = text[place]
        place += 1
        if mark in "([":
            flush()
            inner, place = _parse(text, place, ")" if mark == "(" else "]")
            parts.append(_Either([*inner, ()] if mark == "[" else inner))
        elif mark == "{":
            flush()
            end = text.index("}", place)
            parts.append(_Slot(text[place:end]))
            place = end + 1
        elif mark == closing:
            flush()
            return [*alternatives, tuple(parts)], place
        elif mark == "|":
            flush()
            alternatives.append(tuple(parts))
            parts = []
        else:
            literal += mark
    if closing:
        raise ValueError(f"wording {text!r} lacks {closing!r}")
    flush()
    return [*alternatives, tuple(parts)], place


@cache
def parsed(wording: str) -> _Either:
    """A wording read once.

    Raises:
        ValueError: a bracket is not closed.
    """
    return _Either(_parse(wording, 0, "")[0])


def wordings(file: str, folder: Path = _FOLDER) -> dict[str, tuple[str, ...]]:
    """The wordings of one file of a folder, the planner's own if none is given: under each [heading] one to a line.

    A first "~" marks an indirect clause ("tell me how many ..."), "!" a command and "-" a fragment.

    Raises:
        ValueError: a heading stands twice, or something stands before the first.
    """
    found: dict[str, list[str]] = {}
    for line in (folder / f"{file}.txt").read_text(encoding="utf-8").splitlines():
        heading = _HEADING.fullmatch(line)
        if heading:
            if heading.group(1) in found:
                raise ValueError(f"[{heading.group(1)}] stands twice in {file}.txt")
            found[heading.group(1)] = []
        elif line:
            if not found:
                raise ValueError(f"{file}.txt does not begin with a heading")
            found[next(reversed(found))].append(line)
    return {heading: tuple(lines) for heading, lines in found.items()}


def fill(rng: random.Random, wording: str, slots: Mapping[str, object]) -> list[Piece]:
    """One way to say a wording, with its slots filled by pieces, lists of pieces or things with `.pieces`."""
    out: list[Piece] = []

    def walk(either: _Either) -> None:
        for part in either[int(rng.random() * len(either))] if len(either) > 1 else either[0]:
            if isinstance(part, _Either):
                walk(part)
            elif isinstance(part, _Slot):
                value = slots[part]
                value = getattr(value, "pieces", value)
                if isinstance(value, list):
                    out.extend(value)
                else:
                    out.append(value)  # type: ignore[arg-type]  # slots hold pieces
            else:
                out.append(part)

    walk(parsed(wording))
    return out


@cache
def split(wordings: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Wordings for training, and those held out to measure unseen phrasing: one in ten where there are six or more."""
    if len(wordings) < 6:
        return wordings, ()
    order = sorted(wordings, key=lambda w: zlib.crc32(f"wording:{w}".encode()))
    held = set(order[: max(1, len(wordings) // 10)])
    return tuple(w for w in wordings if w not in held), tuple(order[: len(held)])
