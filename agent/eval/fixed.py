"""The baseline that does not plan: one program for every question, by default the simplest that could answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .datasets import Asked, Metric
from .reply import Reply, reply_of

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["Fixed"]


class Fixed:
    """The same program for every question.

    Args:
        program: its source; the simplest one for the metric when omitted.
    """

    def __init__(self, agent: Agent, *, program: str | None = None, metric: Metric = "exact") -> None:
        self._agent = agent
        self._program = program
        self._metric = metric

    def answer(self, asked: Asked) -> Reply:
        program = self._program or _simplest(asked, self._metric)
        return reply_of(self._agent.run_program(program, asked.image, question=asked.question, options=asked.options))


_LOOK = """
def execute_command({kind}, possible_answers, query):
    patch = {patch}
    {answer}
"""
_ANSWERS = {
    "words": "return patch.simple_query(query)",
    "choice": "return patch.best_text_match(possible_answers)",
    "box": "found = patch.find(query)\n    return found[0] if found else patch",
}


def _simplest(asked: Asked, metric: Metric) -> str:
    from ...tools.media import looks_like_video

    video = looks_like_video(asked.image)
    answer = "box" if metric == "box" else "choice" if asked.options else "words"
    return _LOOK.format(
        kind="video" if video else "image",
        patch="video.frame_from_index(video.num_frames // 2)" if video else "ImagePatch(image)",
        answer=_ANSWERS[answer],
    )
