"""`recall`: what a video's index already holds, without asking any expert about the video again."""

from __future__ import annotations

from ..capabilities import About
from ..results_in_time import KnownItems
from .base import Expert, ExpertRequest
from .registry import register

__all__ = ["IndexRecall"]


@register
class IndexRecall(Expert):
    """What earlier questions found in the video."""

    name = "index-recall"
    capabilities = ("recall",)
    version = "1"
    packages = ()
    thread_safe = True
    remembered = False
    limits = "Knows only what was asked before or filled in by `sightline index`."

    def serve(self, request: ExpertRequest) -> KnownItems:
        footage, asked = request.footage, request.arguments
        assert footage is not None
        assert isinstance(asked, About)
        words = (asked.about or "").lower().split()
        known = [item for item in footage.recall() if all(word in item.text.lower() for word in words)]
        return KnownItems(known=known)
