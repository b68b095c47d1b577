"""Small videos made at test time, with their truth known: coloured shapes on paths, shown text, cuts, and sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Caption", "Mover", "encode", "film", "spoken", "write_clip", "write_sound"]

Pixels = npt.NDArray[np.uint8]
COLORS = {
    "red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 220), "yellow": (235, 215, 50),
    "purple": (140, 60, 170), "black": (20, 20, 20), "white": (245, 245, 245), "gray": (128, 128, 128),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A shape whose middle is at `path(t)` (x, y, y down, pixels) while it is there; None hides it."""

    color: str
    path: Callable[[float], tuple[float, float] | None]
    size: int = 40
    shape: str = "square"


@dataclass(frozen=True, kw_only=True)
class Caption:
    text: str
    start_s: float
    end_s: float
    xy: tuple[int, int] = (20, 20)
    height: int = 28


@dataclass(frozen=True, kw_only=True)
class Film:
    """What can be seen; `scenes`: (start_s, background colour), each a cut."""

    movers: Sequence[Mover] = ()
    captions: Sequence[Caption] = ()
    scenes: Sequence[tuple[float, str]] = ((0.0, "white"),)
    size: tuple[int, int] = (320, 240)
    grain: Pixels | None = field(default=None)

    def frame(self, time_s: float) -> Pixels:
        background = [color for start, color in self.scenes if start <= time_s + 1e-9][-1]
        image = Image.new("RGB", self.size, COLORS[background])
        draw = ImageDraw.Draw(image)
        for mover in self.movers:
            place = mover.path(time_s)
            if place is None:
                continue
            x, y, half = *place, mover.size / 2
            box = (x - half, y - half, x + half, y + half)
            (draw.ellipse if mover.shape == "circle" else draw.rectangle)(box, fill=COLORS[mover.color])
        for caption in self.captions:
            if caption.start_s <= time_s < caption.end_s:
                font = ImageFont.load_default(caption.height)
                draw.text(caption.xy, caption.text, fill=(0, 0, 0), font=font)
        return np.asarray(image, np.uint8)


def film(**facts: Any) -> Film:
    return Film(**facts)


def write_clip(path: Path, shown: Film, *, seconds: float = 4.0, fps: int = 10, **how: Any) -> Path:
    """Write a film to a file; `how` as for `encode`."""
    return encode(path, (shown.frame(i / fps) for i in range(round(seconds * fps))), fps=fps, **how)


def encode(
    path: Path,
    frames: Any,
    *,
    fps: int | Fraction = 10,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    gop: int = 12,
    times: Sequence[float] | None = None,
    rotation: int = 0,
    sound: npt.NDArray[np.int16] | None = None,
    sound_rate: int = 16_000,
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    format: str | None = None,
) -> Path:
    """Encode (H, W, 3) pictures.

    Args:
        times: seconds at which each is shown, for a variable rate.
        rotation: degrees counter-clockwise by which a player turns it.
        sound: mono samples.
    """
    import av

    if options is None:
        options = {"preset": "ultrafast", "crf": "18"} if codec == "libx264" else {}
    with av.open(str(path), "w", format=format, options=container or {}) as out:
        video: Any = None
        audio: Any = None
        for number, pixels in enumerate(frames):
            if video is None:
                video = out.add_stream(codec, rate=fps, options=options)
                video.height, video.width = pixels.shape[:2]
                video.pix_fmt = pixel_format
                video.gop_size = gop
                if rotation:
                    video.set_display_rotation(rotation)
                if times is not None:
                    video.time_base = video.codec_context.time_base = Fraction(1, 1000)
                if sound is not None:
                    audio = out.add_stream("aac" if path.suffix in (".mp4", ".mov") else "pcm_s16le", rate=sound_rate)
                    audio.layout = "mono"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = round(times[number] * 1000), Fraction(1, 1000)
            out.mux(video.encode(frame))
        if video is not None:
            out.mux(video.encode())
        if audio is not None and sound is not None:
            for start in range(0, len(sound), 1024):
                piece = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], format="s16", layout="mono")
                piece.rate, piece.pts, piece.time_base = sound_rate, start, Fraction(1, sound_rate)
                out.mux(audio.encode(piece))
            out.mux(audio.encode())
    return path


def spoken(text: str, *, rate: int = 16_000) -> npt.NDArray[np.int16] | None:
    """The text as espeak-ng says it; None where espeak-ng is not installed."""
    import io
    import shutil
    import subprocess
    import wave

    program = shutil.which("espeak-ng") or shutil.which("espeak")
    if program is None:
        return None
    made = subprocess.run([program, "-v", "en-us", "-s", "130", "--stdout", text], capture_output=True, check=True)
    with wave.open(io.BytesIO(made.stdout)) as file:
        own, data = file.getframerate(), np.frombuffer(file.readframes(1 << 30), "<i2")
    places = np.arange(0, len(data) - 1, own / rate)
    return np.interp(places, np.arange(len(data)), data).astype(np.int16)


def write_sound(path: Path, samples: npt.NDArray[Any] | None = None, *, rate: int = 8_000) -> Path:
    """A WAV file of int16 samples; a second of a tone where none are given."""
    import wave

    if samples is None:
        samples = 12_000 * np.sin(np.arange(rate) * 0.3)
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "NONE"))
        file.writeframes(samples.astype("<i2").tobytes())
    return path
