"""`NativePlanner`: the planner that ships with the package; no key, no network, no download.

A thin coat around `PlannerModel`: it hands over the question and says in the protocol's words what came back.  Each
question stands alone (the dialogue is not read), a second try would come out the same, and it plans for one picture or
one video.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ...prompts.request import PlanRequest
from ...tools.errors import MissingDependency, NoPlan, PlannerUnavailable
from .base import Plan

if TYPE_CHECKING:
    from ...tools.mllm.planner import PlannerModel

__all__ = ["NativePlanner"]


class NativePlanner:
    """Plans with the embedded model, loaded when the first question comes.

    Args:
        model: a planner model to use instead of the shipped one.
        weights: a weights file to load instead of the shipped one.
    """

    name = "native"
    repairs = False

    def __init__(self, model: PlannerModel | None = None, *, weights: Path | None = None) -> None:
        self._model = model
        self._weights = weights
        self._lock = threading.Lock()

    def plan(self, request: PlanRequest) -> Plan:
        """A program for the question.

        Raises:
            NoPlan: the question is outside what it can plan, or it is not sure enough; `facts["score"]` holds its
                estimate that its best plan would have been right.
            PlannerUnavailable: the weights or torch are missing.
        """
        if not request.media:
            raise NoPlan("the native planner needs a picture or a video to plan for", score=0.0)
        model = self._ready()
        video = request.kind == "video"
        if video and not model.plans_videos:
            raise NoPlan(
                "these weights of the native planner plan for one picture only; for a video choose a chat model",
                score=0.0,
            )
        found = model.plan(
            request.question,
            options=request.options,
            video=video,
            detector=request.world is None and (not request.capabilities or "detect" in request.capabilities),
        )
        if found.program is None:
            raise NoPlan(f"the native planner declines: {found.reason}", score=found.score, plan=found.plan)
        return Plan(
            program=found.program,
            planner=self.name,
            model=model.name,
            score=found.score,
            notes=(f"plan: {found.plan}", *found.notes),
        )

    def foresee(self, request: PlanRequest) -> Plan | NoPlan:
        """What `plan` comes to. Raises PlannerUnavailable as that does."""
        try:
            return self.plan(request)
        except NoPlan as declined:
            return declined

    def _ready(self) -> PlannerModel:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> PlannerModel:
        from ...tools.mllm.planner import PlannerModel

        try:
            return PlannerModel.load() if self._weights is None else PlannerModel.load(self._weights)
        except ImportError as error:
            raise PlannerUnavailable(str(MissingDependency("the native planner", "torch"))) from error
        except (OSError, ValueError) as error:
            raise PlannerUnavailable(f"the native planner cannot load its weights: {error}") from error
