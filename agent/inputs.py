"""What a program is handed: the same parameters whether it runs for the first time or again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..prompts.request import MediaFacts
from ..tools.api import Reference, VideoRef

__all__ = ["media_facts", "program_inputs"]


def program_inputs(
    refs: Sequence[Reference], *, options: Sequence[str] | None, question: str, earlier: Sequence[Reference] = ()
) -> dict[str, Any]:
    """Values for the parameters of `execute_command`, in the order of the published signature.

    `image` is the first picture and `images` are all of them where there are several; `video` and `videos` where the
    first is a video. `earlier` holds what earlier turns left behind, where they did.
    """
    kind = "video" if refs and isinstance(refs[0], VideoRef) else "image"
    inputs: dict[str, Any] = {kind: refs[0]} if refs else {}
    inputs["possible_answers"] = None if options is None else list(options)
    inputs["query"] = question
    if len(refs) > 1:
        inputs[f"{kind}s"] = list(refs)
    if earlier:
        inputs["earlier"] = list(earlier)
    return inputs


def media_facts(ref: Reference) -> MediaFacts:
    """What a planner is told about a picture or video."""
    if isinstance(ref, VideoRef):
        seconds = float(ref.frame_count / ref.fps)
        return MediaFacts(kind="video", width=ref.width, height=ref.height, duration_s=seconds, samples=ref.samples)
    return MediaFacts(kind="image", width=ref.box.width, height=ref.box.height)
