"""The sound of an open file as samples of one rate; runs in the child."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .container import Container

__all__ = ["samples_of"]

_SILENCE_S = 0.5  # sound that is missing for longer than this is filled with silence


def samples_of(
    container: Container, start_s: float, end_s: float, *, rate: int, first_s: float, tick: Callable[[], None]
) -> npt.NDArray[np.int16]:
    """(N,) int16 mono samples at `rate` a second from `start_s` to `end_s`, silence where there is none.

    Args:
        first_s: what the file's clock shows at second 0.
        tick: called now and then.
    """
    count = max(0, round((end_s - start_s) * rate))
    out = np.zeros(count, np.int16)
    stream = container.sound()
    if stream is None or not count:
        return out
    tick_s = Fraction(stream.time_base or Fraction(1, rate))
    try:
        container.seek(int((start_s + first_s) / tick_s), stream)
    except container.errors:  # from the start, then
        container.begin_again()
        stream = container.sound()
        if stream is None:
            return out
    resampler = container.av.AudioResampler(format="s16", layout="mono", rate=rate)
    packets = iter(container.packets(stream))
    position: int | None = None
    packet = None
    for turn in range(1 << 30):
        if turn % 200 == 199:
            tick()
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []
            pieces = [piece for frame in frames for piece in resampler.resample(frame)]
        except container.errors:
            if packet is None:
                break
            continue
        if frames and frames[0].pts is not None:
            at = round((float(frames[0].pts * tick_s) - first_s - start_s) * rate)
            if position is None or abs(at - position) > _SILENCE_S * rate:
                position = at
        for piece in pieces:
            samples = piece.to_ndarray().reshape(-1)
            position = 0 if position is None else position
            low, high = max(position, 0), min(position + len(samples), count)
            if low < high:
                out[low:high] = samples[low - position : high - position]
            position += len(samples)
        if packet is None or (position is not None and position >= count):
            break
    return out
