"""What visitors thought of answers, as data that a model can learn from; docs/chat.md has the format.

One JSON object a line: the trace, the vote and the correction. A correction makes a pair: what was said is the rejected
text, what should have been said the chosen one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ...agent.trace import parse_traces
from .turn_store import StoredTurn

__all__ = ["preference", "preference_lines"]


def preference(turn: StoredTurn) -> dict[str, Any] | None:
    """The record of a turn that was judged, None for one that was not."""
    if turn.vote == 0 and not turn.correction:
        return None
    (trace,) = parse_traces(turn.trace)
    said = trace.answer.text if trace.answer.status == "answered" else ""
    return {
        "record": "preference",
        "format": "sightline-preference",
        "version": 1,
        "trace_id": trace.header.id,
        "question": turn.question,
        "media": [media.model_dump(mode="json") for media in trace.header.media],
        "vote": turn.vote,
        "chosen": turn.correction or (said if turn.vote > 0 else None),
        "rejected": said if turn.vote < 0 or turn.correction else None,
        "program": trace.program,
        "trace": turn.trace,
    }


def preference_lines(turns: Iterable[StoredTurn]) -> Iterator[str]:
    """The records of the turns that were judged, one JSON object a line."""
    for turn in turns:
        record = preference(turn)
        if record is not None:
            yield json.dumps(record, ensure_ascii=False) + "\n"
