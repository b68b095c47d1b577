"""What an open session remembers of its turns for the next question, however many there were.

Each turn is taken note of once, and of a session that is opened again the last turns are read.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ...agent.memory import Recollection, Remembered
from ...agent.trace import Trace, parse_traces
from ...prompts.request import Turn
from .turn_store import StoredTurn, TurnStore

__all__ = ["DialogueMemory"]

_HISTORY_TURNS = 20  # that a planner is told of
_READ_TURNS = 60  # when a session is opened again


@dataclass
class _Notes:
    """Of the last turns only.

    Attributes:
        count: turns that were taken note of, or are too long ago.
        told: number, question and answer of those that a planner is told of.
        left: the pictures and regions that they left behind.
    """

    count: int
    told: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=_HISTORY_TURNS))
    left: Recollection = field(default_factory=Recollection)

    def take(self, turn: StoredTurn, trace: Trace) -> None:
        self.count = turn.number
        self.left.add(turn.number, trace)
        if trace.answer.status not in ("bad_input", "no_plan"):
            self.told.append((turn.number, turn.question, trace.answer.text or f"({trace.answer.status})"))


class DialogueMemory:
    """What is remembered of one session's turns.

    Args:
        turns: where they are kept.
    """

    def __init__(self, turns: TurnStore) -> None:
        self._turns = turns
        self._notes: _Notes | None = None

    def recall(self) -> tuple[list[Turn], list[Remembered]]:
        """The turns so far as a planner is told them, oldest first, and what they left behind, still here or not."""
        notes = self._caught_up()
        judged = self._turns.judged(max(1, notes.count - _HISTORY_TURNS + 1))
        told = [
            Turn(question=question, answer=judged.get(number, (0, ""))[1] or said)
            for number, question, said in notes.told
        ]
        return told, notes.left.things()

    def add(self, turn: StoredTurn, trace: Trace) -> None:
        """A turn has ended; its trace is at hand, and need not be read."""
        if self._notes is not None and self._notes.count == turn.number - 1:
            self._notes.take(turn, trace)

    def _caught_up(self) -> _Notes:
        """The notes up to the last turn."""
        count = self._turns.count()
        if self._notes is None or self._notes.count > count:
            self._notes = _Notes(count=max(0, count - _READ_TURNS))
        for number in range(self._notes.count + 1, count + 1):
            turn = self._turns.get(number)
            (trace,) = parse_traces(turn.trace)
            self._notes.take(turn, trace)
        return self._notes
