"""`Session`: one person's dialogue with an agent.

It remembers the pictures, videos and the turns of that person and of nobody else; the agent behind it is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..prompts.request import Turn
from ..tools.media import MediaStore
from .answer import Answer
from .memory import Recollection

if TYPE_CHECKING:
    from .agent import Agent

__all__ = ["Session"]


class Session:
    """Questions that follow one another.

    Attributes:
        turns: what was asked and answered so far, oldest first.
        store: the pictures of this session.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._media: Any = ()
        self.store = MediaStore()
        self.turns: list[Turn] = []
        self._left = Recollection()

    def ask(self, question: str, media: Any = None, *, options: Sequence[str] | None = None, **kwargs: Any) -> Answer:
        """Answer a question about `media`, or about what the last question was about when it is left out."""
        if media is not None:
            self._media = media
        answer = self._agent.ask(
            question,
            self._media,
            options=options,
            history=tuple(self.turns),
            earlier=self._left.things(),
            store=self.store,
            **kwargs,
        )
        if answer.status not in ("bad_input", "no_plan"):
            self.turns.append(Turn(question=question, answer=answer.text or f"({answer.status})"))
            self._left.add(len(self.turns), answer.trace)
        return answer
