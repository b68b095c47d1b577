"""What is known about a video once it has been opened, before any frame is decoded for an expert."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = ["VideoFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """Attributes:
    width, height: of a frame as it is shown, upright, in pixels.
    frame_count: frames on the even grid that references count in.
    fps: grid frames per second, exact.
    has_sound: whether there is a sound track that can be decoded.
    codec: of the pictures.
    sound_only: whether there are no pictures in it, so that its frames show the waveform.
    notes: what a person should know: damage, a variable rate, a turn; one short sentence each.
    """

    width: int
    height: int
    frame_count: int
    fps: Fraction
    has_sound: bool
    codec: str
    notes: tuple[str, ...] = ()
    sound_only: bool = False

    @property
    def duration_s(self) -> float:
        return float(self.frame_count / self.fps)

    def to_wire(self) -> dict[str, Any]:
        return {
            "width": self.width,
            "height": self.height,
            "frame_count": self.frame_count,
            "fps": [self.fps.numerator, self.fps.denominator],
            "has_sound": self.has_sound,
            "codec": self.codec,
            "notes": list(self.notes),
            "sound_only": self.sound_only,
        }

    @classmethod
    def from_wire(cls, data: dict[str, Any]) -> VideoFacts:
        return cls(
            width=int(data["width"]),
            height=int(data["height"]),
            frame_count=int(data["frame_count"]),
            fps=Fraction(*data["fps"]),
            has_sound=bool(data["has_sound"]),
            codec=str(data["codec"]),
            notes=tuple(str(note) for note in data["notes"]),
            sound_only=bool(data["sound_only"]),
        )
