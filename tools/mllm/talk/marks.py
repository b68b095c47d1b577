"""A person's marks on talks: right, wrong, or corrected; read from the review page's file and applied to bundles.

The file is JSON: `{"marks": {ID: {"verdict": "right" | "wrong" | "corrected", "answer": TEXT}}}`. A talk's id changes
with its words, so marks made on another version of the stream touch nothing; `Marks.unused` tells of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...errors import BadRequest
from .said import Talk
from .stream import Bundle

__all__ = ["VERDICTS", "Mark", "Marks", "marked", "read_marks"]

VERDICTS = ("right", "wrong", "corrected")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One verdict; `answer` is the better last answer of a corrected talk."""

    verdict: str
    answer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Verdicts by talk id; remembers which were used."""

    by_id: Mapping[str, Mark]
    used: set[str] = field(default_factory=set)

    @property
    def unused(self) -> frozenset[str]:
        """Ids that no talk seen so far has."""
        return frozenset(self.by_id) - self.used


def read_marks(path: Path) -> Marks:
    """The marks of a file that the review page made.

    Raises: BadRequest when it cannot be read, or a mark is none.
    """
    try:
        rows = json.loads(path.read_text("utf-8"))["marks"]
        items = list(rows.items())
    except FileNotFoundError as error:
        raise BadRequest(f"There is no file of marks at {path}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest(f"{path} holds no marks; download them from the review page. ({error!r})") from error
    marks = {}
    for key, row in items:
        verdict = row.get("verdict") if isinstance(row, dict) else None
        answer = row.get("answer") if isinstance(row, dict) else None
        better = answer.strip() if verdict == "corrected" and isinstance(answer, str) else None
        if verdict not in VERDICTS or (verdict == "corrected" and not better):
            known = ", ".join(VERDICTS)
            raise BadRequest(f"The mark of {key} in {path} is none: it says {known}, and a correction has an answer.")
        marks[str(key)] = Mark(verdict=verdict, answer=better)
    return Marks(by_id=marks)


def marked(bundles: Iterable[Bundle], marks: Marks) -> Iterator[Bundle]:
    """The bundles without the talks marked wrong, and with corrected answers in place of old ones.

    A corrected answer is another text, so what its letters meant is forgotten; a preference pair whose better answer
    was corrected is kept only if it still differs from the worse one. Dropped talks are counted as "marked wrong".
    """
    for one in bundles:
        kept, dropped = [], one.dropped.copy()
        for talk in one.talks:
            better = _marked(talk, marks)
            if better is None:
                dropped["marked wrong"] += 1
            else:
                kept.append(better)
        yield replace(one, talks=tuple(kept), dropped=dropped)


def _marked(talk: Talk, marks: Marks) -> Talk | None:
    mark = marks.by_id.get(talk.id)
    if mark is None:
        return talk
    marks.used.add(talk.id)
    if mark.verdict == "wrong":
        return None
    if mark.answer is None:
        return talk
    if mark.answer == talk.rejected:
        return None  # no pair any more
    last = talk.turns[-1]
    mentions = tuple(mention for mention in last.mentions if mention.side == "question")
    return replace(talk, turns=(*talk.turns[:-1], replace(last, answer=mark.answer, mentions=mentions)))
