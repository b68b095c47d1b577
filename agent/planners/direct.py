"""A multimodal model that looks at the picture and answers by itself: no program, one question to one expert."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ...prompts.request import PlanRequest
from ...tools.api import ImageRef, Reference, Runtime
from ...tools.errors import BadRequest, LimitExceeded, NoPlan
from .base import Acted, Plan

__all__ = ["DirectPlanner"]


class DirectPlanner:
    """Asks the capability `answer` about the first picture, or the region of it that is meant."""

    name = "direct"
    repairs = False
    note = "No program was written: a multimodal model was asked about the whole picture."

    def plan(self, request: PlanRequest) -> Plan:
        """It writes no programs. Raises NoPlan."""
        raise NoPlan("a direct answer takes no program")

    def act(
        self,
        request: PlanRequest,
        refs: Sequence[Reference],
        *,
        runtime: Runtime,
        cancel: threading.Event,
        earlier: Sequence[Reference] = (),
    ) -> Acted:
        """Ask; see `Actor`.

        Raises:
            BadRequest: when the question is about no picture.
            ExpertError: when nobody here knows such pictures or questions.
        """
        if not refs or not isinstance(refs[0], ImageRef):
            raise BadRequest("a direct answer looks at one picture, and the question is about none")
        if cancel.is_set():
            raise LimitExceeded("the run was cancelled")
        said = runtime.call("answer", refs[0], {"question": _posed(request)})
        text = str(said["text"]).strip()
        return Acted(value=text or None, planner=self.name)


def _posed(request: PlanRequest) -> str:
    if not request.options:
        return request.question
    return f"{request.question} Options: {'; '.join(request.options)}."
