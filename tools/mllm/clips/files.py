"""Writes clips to disk: frames and maps as numpy arrays, tracks and events as JSON, and mp4 where asked.

mp4 needs PyAV, which is imported only then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadRequest
from .clip import Clip

__all__ = ["SOUND_RATE", "write_clips", "write_mp4"]

SOUND_RATE = 16_000  # samples a second


def write_clips(folder: Path, made: Iterable[Clip], *, mp4: bool = False) -> int:
    """Write `clip_000000.npz` (frames, maps), `.json` and, if asked, `.mp4` of each clip; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for one in made:
        stem = folder / f"clip_{one.index:06d}"
        np.savez_compressed(stem.with_suffix(".npz"), frames=one.frames, maps=one.maps)
        stem.with_suffix(".json").write_text(json.dumps(one.record()), "utf-8")
        if mp4:
            write_mp4(stem.with_suffix(".mp4"), one.frames, one.fps)
        count += 1
    return count


def write_mp4(path: Path, frames: NDArray[np.uint8], fps: int, *, sound: NDArray[np.int16] | None = None) -> None:
    """Write frames (T, H, W, 3) as H.264; an odd last row or column is left out, as the format needs even sizes.

    Args:
        sound: (N,) samples, `SOUND_RATE` a second, written as AAC.

    Raises: BadRequest when PyAV is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise BadRequest("Writing mp4 needs PyAV: pip install av.") from error
    height, width = (side // 2 * 2 for side in frames.shape[1:3])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "18"}
        track: Any = None if sound is None else container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[None]), format="s16", layout="mono")
            piece.sample_rate = SOUND_RATE
            container.mux(track.encode(piece))
            container.mux(track.encode())
