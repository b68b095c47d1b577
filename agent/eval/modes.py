"""The ways of answering that are judged. Each is handed a picture and a question; only "planner" knows true scenes.

planner: the planner's program, run on the true scene: how good the planning is.
chained: the whole agent, its program run in the sandbox against the experts, as a user gets it.
trained: the multimodal model alone, asked through the expert pool with the whole picture.
joined: both of the latter, and the router's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...tools.errors import BadRequest, ExpertUnavailable, PlannerUnavailable, SightlineError
from ..router import Router, Said
from .datasets import Asked
from .figures import Reply

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["MODES", "Chained", "Joined", "Mode", "OnTrueScenes", "Trained", "make_mode"]

MODES = ("planner", "chained", "trained", "joined")
MODEL = "native-mllm"  # the expert that is the multimodal model


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
        answer = self._agent.ask(asked.question, asked.image)
        return Reply(
            text=answer.text if answer else "",
            confidence=answer.confidence,
            program=answer.program,
            note=answer.reason,
        )


class Trained:
    """The multimodal model, through the pool's `answer` capability with no other expert behind it.

    Raises:
        ExpertUnavailable: when the model or its weights are missing.
    """

    def __init__(self, expert: str = MODEL) -> None:
        from ...tools.experts.pool import ExpertPool
        from ...tools.experts.profiles import Profile

        try:
            profile = Profile(name="the model alone", experts={"answer": (expert,)})
        except BadRequest as error:
            raise ExpertUnavailable(
                f"the modes trained and joined need the expert {expert!r}, which this installation does not have"
            ) from error
        self._pool = ExpertPool(profile)
        reason = self._pool.reason("answer")
        if reason is not None:
            raise ExpertUnavailable(reason)

    def answer(self, asked: Asked) -> Reply:
        from ...tools.media import MediaStore

        try:
            media = MediaStore()
            served = self._pool.serve("answer", media.add(asked.image), {"question": asked.question}, media)
        except SightlineError as error:
            return Reply(text="", note=str(error))
        return Reply(text=str(served.data["text"]), confidence=served.confidence)


class Joined:
    """Two ways of answering and a router between them."""

    def __init__(self, chained: Mode, trained: Mode, router: Router) -> None:
        self._chained, self._trained, self._router = chained, trained, router

    def answer(self, asked: Asked) -> Reply:
        first, second = self._chained.answer(asked), self._trained.answer(asked)
        decided = self._router.decide(Said(first.text, first.confidence), Said(second.text, second.confidence))
        return Reply(
            text=decided.text,
            confidence=decided.confidence,
            program=first.program,
            note=f"{decided.how}; chained said {first.text or 'nothing'}, trained said {second.text or 'nothing'}",
        )


def make_mode(name: str, *, agent: Agent, scenes: Mapping[Path, Mapping[str, Any]]) -> Mode:
    """The mode of that name. Raises BadRequest when there is none, and what the modes raise."""
    if name == "planner":
        return OnTrueScenes(scenes)
    if name == "chained":
        return Chained(agent)
    if name == "trained":
        return Trained()
    if name == "joined":
        return Joined(Chained(agent), Trained(), Router.load())
    raise BadRequest(f"there is no mode {name!r}: there are {', '.join(MODES)} and all")
