"""`sightline index`: fills a video's memory ahead of questions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from ..tools.errors import ExpertError, ExpertUnavailable
from .console import Narrator
from .wording import asked, describe_result, duration

__all__ = ["index_video"]

_CAPTIONS = 12
_ANYTHING = "thing"  # a name that every detector of a closed world takes, and that makes it see all that it knows


def index_video(path: str, *, names: Sequence[str], profile: str, quiet: bool) -> dict[str, int]:
    """Ask everything that a profile serves about a video once; how many entries of each kind are known then.

    Args:
        names: things to follow, beside whatever moves.

    Raises:
        MediaError: when the video cannot be read.
    """
    from ..agent import Settings
    from ..tools.experts.index_folder import IndexFolder, default_folder
    from ..tools.experts.pool import ExpertPool
    from ..tools.media import MediaStore

    narrator = Narrator(quiet=quiet)
    store = MediaStore()
    ref = store.add_video(path, samples=Settings().video_samples)
    indexes = IndexFolder(default_folder())
    pool = ExpertPool(profile, indexes=indexes)
    try:
        for capability, target, arguments in _questions(pool, ref, names):
            began = time.monotonic()
            phrase = asked(capability, arguments)
            try:
                served = pool.serve(capability, target, arguments, store)
            except ExpertUnavailable as error:
                narrator.note(f"{phrase}: left out, {error}")
                continue
            except ExpertError as error:
                narrator.note(f"{phrase}: {error}")
                continue
            told = _told(capability, target, arguments, served.data)
            took = "remembered" if served.cached else duration(time.monotonic() - began)
            narrator.note(f"{phrase} → {told} ({took})")
        index = indexes.of(ref.media)
        counts = index.counts() if index is not None else {}
    finally:
        store.rest()
        indexes.close()
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing found")
    return counts


def _told(capability: str, target: Any, arguments: dict[str, Any], data: Any) -> str:
    if isinstance(target, list):
        return f"{sum(map(len, data))} in {len(target)} frames"
    return describe_result(capability, arguments, data)


def _questions(pool: Any, ref: Any, names: Sequence[str]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    yield "shots", ref, {}
    yield "texts", ref, {}
    yield "transcribe", ref, {}
    yield "motion", ref, {}
    known = [_ANYTHING] if pool.world is not None else []
    for name in dict.fromkeys(["moving thing", *known, *names]):
        yield "track", ref, {"name": name}
    if known:  # the frames that programs see, for whatever they ask of them by name
        yield "detect", [ref.frame(sample) for sample in range(ref.samples)], {"names": known}
    if pool.reason("caption") is None:
        for number in range(_CAPTIONS):
            yield "caption", ref.frame((2 * number + 1) * ref.samples // (2 * _CAPTIONS)), {}
