"""The baseline that answers directly: a multimodal model alone, without tools and without a program.

It is asked through the expert pool with the whole picture, or a video's middle frame. Where regions are judged it is
asked for boxes; of a model that gives none this baseline cannot be had.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...tools.errors import BadRequest, ExpertUnavailable, SightlineError
from .datasets import Asked, Metric
from .reply import Reply

if TYPE_CHECKING:
    from ...tools.experts.profiles import Profile

__all__ = ["MODEL", "Trained", "model_of"]

MODEL = "native-mllm"  # the project's own
_REGIONS: tuple[Metric, ...] = ("box", "boxes")


def model_of(profile: Profile | None) -> str:
    """The first multimodal model of a profile whose packages and weights are there, else the project's own.

    What answers questions about pictures and captions them too is one; experts for a few kinds of question are not.
    """
    from ...tools.experts import registry

    if profile is None:
        return MODEL
    names = [name for name in profile.experts.get("answer", ()) if "caption" in registry.get(name).capabilities]
    return next((name for name in names if _reason(name, profile) is None), MODEL)


def _reason(name: str, profile: Profile) -> str | None:
    """Why the model cannot be asked."""
    from ...tools.experts.pool import ExpertPool

    pool = ExpertPool(_alone(name, profile, ("answer",)))
    try:
        return pool.reason("answer")
    finally:
        pool.close()


def _alone(name: str, profile: Profile | None, capabilities: tuple[str, ...]) -> Profile:
    from ...tools.experts.profiles import Profile

    known = {} if profile is None else profile.settings
    return Profile(
        name="the model alone",
        experts=dict.fromkeys(capabilities, (name,)),
        settings={name: known[name]} if name in known else {},
    )


class Trained:
    """A multimodal model by the name of its expert.

    Args:
        profile: whose settings the expert has.
        metric: of the data set; says whether words or boxes are asked for.

    Raises:
        ExpertUnavailable: when the model or its weights are missing, or it gives no boxes and they are asked for.
    """

    def __init__(self, expert: str = MODEL, *, profile: Profile | None = None, metric: Metric = "exact") -> None:
        from ...tools.experts.pool import ExpertPool

        self._capability = "detect" if metric in _REGIONS else "answer"
        try:
            self._pool = ExpertPool(_alone(expert, profile, (self._capability,)))
        except BadRequest as error:
            lacks = "cannot say where something is" if self._capability == "detect" else "is not part of Sightline here"
            raise ExpertUnavailable(f"answering directly needs a model, and {expert!r} {lacks}") from error
        reason = self._pool.reason(self._capability)
        if reason is not None:
            raise ExpertUnavailable(reason)

    def answer(self, asked: Asked) -> Reply:
        from ...tools.media import MediaStore

        detecting = self._capability == "detect"
        arguments = {"names": [asked.question]} if detecting else {"question": _posed(asked)}
        try:
            media = MediaStore()
            ref = media.add(_picture(asked.image))
            served = self._pool.serve(self._capability, ref, arguments, media)
        except SightlineError as error:
            return Reply(text="", note=str(error), status=error.status, failure=type(error).__name__)
        experts = (f"{served.expert} {served.version}",)
        if not detecting:
            return Reply(text=str(served.data["text"]), confidence=served.confidence, experts=experts)
        regions = tuple((_y_down(found["box"], ref.height), found["confidence"] or 0.0) for found in served.data)
        if not regions:
            return Reply(text="", note="the model points at nothing", status="cannot_tell", experts=experts)
        return Reply(
            text=asked.question,
            confidence=served.confidence,
            box=regions[0][0],
            regions=regions,
            experts=experts,
        )


def _y_down(box: list[float], height: int) -> tuple[float, float, float, float]:
    """A box of the wire, y up, as boxes are judged."""
    left, lower, right, upper = box
    return (float(left), float(height - upper), float(right), float(height - lower))


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
