"""The ways of answering that are judged. Each is handed a picture and a question; only "planner" knows true scenes.

planner: the planner's program, run on the true scene: how good the planning is.
chained: the whole agent, its program run in the sandbox against the experts, as a user gets it.
trained: a multimodal model alone, without tools: what programs must beat (trained.py).
joined: the agent and the project's own model, and one answer from two (`joining`).
fixed: one program for all questions: what planning must beat (fixed.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...tools.errors import BadRequest, PlannerUnavailable
from ...tools.experts.profiles import Profile
from ..joining import Joiner, Said
from .datasets import Asked, Metric
from .fixed import Fixed
from .reply import Reply, reply_of
from .trained import MODEL, Trained, model_of

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["MODES", "Chained", "Joined", "Mode", "OnTrueScenes", "make_mode"]

MODES = ("planner", "chained", "trained", "joined", "fixed")


class Mode(Protocol):
    """A way of answering."""

    def answer(self, asked: Asked) -> Reply:
        """What it answers; failures are replies without a text."""
        ...


class OnTrueScenes:
    """The native planner's programs on true scenes, by picture.

    Raises:
        BadRequest: when no scenes are known.
        PlannerUnavailable: when the planner's weights cannot be loaded.
    """

    def __init__(self, scenes: Mapping[Path, Mapping[str, Any]]) -> None:
        from ...tools.mllm.planner import PlannerModel

        if not scenes:
            raise BadRequest("the planner mode needs the true scenes, and this data set has none")
        self._scenes = scenes
        try:
            self._planner = PlannerModel.load()
        except (OSError, ValueError, ImportError) as error:
            raise PlannerUnavailable(f"the native planner cannot be loaded: {error}") from error

    def answer(self, asked: Asked) -> Reply:
        from ...tools.mllm.planner.true_scenes import run

        plan = self._planner.plan(asked.question)
        if plan.program is None:
            return Reply(text="", note=plan.reason)
        scene = self._scenes.get(asked.image)
        if scene is None:
            return Reply(text="", program=plan.program, note="the data set has no scene for this picture")
        try:
            value = run(plan.program, scene)
        except Exception as error:  # whatever goes wrong in a program is that question's failure
            return Reply(text="", program=plan.program, note=f"{type(error).__name__}: {error}")
        text = "" if value is None else str(value)
        return Reply(text=text, confidence=plan.score, program=plan.program)


class Chained:
    """The agent as a user gets it."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def answer(self, asked: Asked) -> Reply:
        return reply_of(self._agent.ask(asked.question, asked.image, options=asked.options))


class Joined:
    """Two ways of answering, joined."""

    def __init__(self, chained: Mode, trained: Mode, joiner: Joiner) -> None:
        self._chained, self._trained, self._joiner = chained, trained, joiner

    def answer(self, asked: Asked) -> Reply:
        first, second = self._chained.answer(asked), self._trained.answer(asked)
        decided = self._joiner.decide(Said(first.text, first.confidence), Said(second.text, second.confidence))
        return Reply(
            text=decided.text,
            confidence=decided.confidence,
            program=first.program,
            note=f"{decided.how}; chained said {first.text or 'nothing'}, trained said {second.text or 'nothing'}",
        )


def make_mode(
    name: str,
    *,
    agent: Agent,
    scenes: Mapping[Path, Mapping[str, Any]],
    program: str | None = None,
    metric: Metric = "exact",
) -> Mode:
    """The mode of that name; `program` is for "fixed".

    Raises:
        BadRequest: when there is none, and what the modes raise.
    """
    if name == "planner":
        return OnTrueScenes(scenes)
    if name == "chained":
        return Chained(agent)
    if name == "trained":
        profile = agent.pool.profile if isinstance(agent.pool.profile, Profile) else None
        return Trained(model_of(profile), profile=profile, metric=metric)
    if name == "joined":
        return Joined(Chained(agent), Trained(MODEL), Joiner.load())
    if name == "fixed":
        return Fixed(agent, program=program, metric=metric)
    raise BadRequest(f"there is no mode {name!r}: there are {', '.join(MODES)} and all")
