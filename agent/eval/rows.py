"""The rows of a judgement on disk: what was asked, expected and answered, one JSON object a line, a file a mode."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .figures import Judged
from .files import json_lines

__all__ = ["JudgedRow", "read_rows", "write_rows"]


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedRow:
    """What a comparison needs of a row."""

    id: str
    media: str
    question: str
    expected: str
    given: str | None
    score: float

    @property
    def right(self) -> bool:
        """As `Judged.right`."""
        return self.score >= 0.5


def write_rows(path: Path, judged: Sequence[Judged]) -> None:
    """Write judged questions. Raises BadRequest when the file cannot be written."""
    lines = (json.dumps(_plain(number, one), ensure_ascii=False) + "\n" for number, one in enumerate(judged))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"cannot write {path}: {error.strerror}") from error


def read_rows(path: Path) -> list[JudgedRow]:
    """The rows of a file that `write_rows` wrote. Raises BadRequest when it holds something else."""
    rows = []
    for number, row in enumerate(json_lines(path, None), start=1):
        try:
            rows.append(JudgedRow(**{name: row[name] for name in JudgedRow.__slots__}))
        except (KeyError, TypeError) as error:
            raise BadRequest(f"line {number} of {path} is not the row of a judgement: {error!r}") from error
    return rows


def _plain(number: int, one: Judged) -> dict[str, Any]:
    item, reply = one.item, one.reply
    return {
        "id": item.id or str(number),
        "media": item.asked.image.name,
        "question": item.asked.question,
        "options": item.asked.options,
        "family": item.family,
        "expected": item.answer,
        "expected_box": item.box,
        "expected_boxes": item.boxes or None,
        "given": reply.text or None,
        "box": reply.box,
        "regions": reply.regions or None,
        "experts": reply.experts or None,
        "score": one.score,
        "confidence": reply.confidence,
        "status": reply.status,
        "failure": reply.failure,
        "note": reply.note,
        "program": reply.program,
        "prompt_hash": reply.prompt_hash,
        "seconds": round(one.seconds, 4),
    }
