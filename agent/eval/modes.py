"""The ways of answering that are judged. Each is handed a picture and a question; only "planner" knows true scenes.

planner: the planner's program, run on the true scene: how good the planning is.
chained: the whole agent, its program run in the sandbox against the experts, as a user gets it.
trained: the multimodal model alone, asked through the expert pool with the whole picture, or a video's middle frame.
joined: both of the latter, and one answer from two (`joining`).
fixed: one program for all questions, by default the simplest that could answer them; what planning must beat.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...tools.errors import BadRequest, ExpertUnavailable, PlannerUnavailable, SightlineError
from ..batch.records import record_of
from ..joining import Joiner, Said
from .datasets import Asked, Metric
from .reply import Reply

if TYPE_CHECKING:
    from ..agent import Agent
    from ..answer import Answer

__all__ = ["MODES", "Chained", "Fixed", "Joined", "Mode", "OnTrueScenes", "Trained", "make_mode"]

MODES = ("planner", "chained", "trained", "joined", "fixed")
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
        return _reply(self._agent.ask(asked.question, asked.image, options=asked.options))


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
        return _reply(self._agent.run_program(program, asked.image, question=asked.question, options=asked.options))


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
            served = self._pool.serve("answer", media.add(_picture(asked.image)), {"question": _posed(asked)}, media)
        except SightlineError as error:
            return Reply(text="", note=str(error), status=error.status, failure=type(error).__name__)
        return Reply(text=str(served.data["text"]), confidence=served.confidence)


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


def _reply(answer: Answer) -> Reply:
    from ...tools.api import ImagePatch

    value = answer.value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    box = value.to_bbox() if answer and isinstance(value, ImagePatch) else None
    plan = answer.trace.plans[-1] if answer.trace.plans else None
    return Reply(
        text=answer.text if answer else "",
        confidence=answer.confidence,
        program=answer.program,
        note=answer.reason,
        box=None if box is None else (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
        status=answer.status,
        failure=record_of(answer)["failure"],
        prompt_hash=plan.prompt_hash if plan else None,
    )


def _picture(path: Path) -> Any:
    """What a model of pictures is shown of it: a picture itself, of a video the middle frame."""
    from ...tools.media import looks_like_video, open_video

    if not looks_like_video(path):
        return path
    video = open_video(path)
    try:
        return video.frame(video.facts.frame_count // 2)
    finally:
        video.close()


def _posed(asked: Asked) -> str:
    return asked.question if asked.options is None else f"{asked.question} Options: {'; '.join(asked.options)}."


def make_mode(
    name: str,
    *,
    agent: Agent,
    scenes: Mapping[Path, Mapping[str, Any]],
    program: str | None = None,
    metric: Metric = "exact",
) -> Mode:
    """The mode of that name; `program` and `metric` are for "fixed".

    Raises:
        BadRequest: when there is none, and what the modes raise.
    """
    if name == "planner":
        return OnTrueScenes(scenes)
    if name == "chained":
        return Chained(agent)
    if name == "trained":
        return Trained()
    if name == "joined":
        return Joined(Chained(agent), Trained(), Joiner.load())
    if name == "fixed":
        return Fixed(agent, program=program, metric=metric)
    raise BadRequest(f"there is no mode {name!r}: there are {', '.join(MODES)} and all")
