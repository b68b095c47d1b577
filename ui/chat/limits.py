"""How much a visitor of the chat may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass

from ...tools.errors import BadRequest

__all__ = ["ChatLimits"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatLimits:
    """Limits of a served chat; each is checked where the work that it bounds begins.

    Attributes:
        upload_bytes: of one file.
        upload_pixels: width times height of a picture, or of a video's frame.
        video_s: length of a video, in seconds.
        files: that one question may bring.
        question_characters: of one question, correction or title.
        program_characters: of an edited program.
        questions_per_minute: of one visitor.
        side_by_side: questions that are worked on at the same time, of all visitors; the rest waits.
        waiting: questions that may wait; more are turned away.
        sessions: of one visitor.
        visitor_bytes: files that one visitor's sessions hold together.
        total_bytes: files of all sessions; the ones used longest ago are deleted beyond it.
        held_pixel_bytes: pictures of all open sessions in memory; beyond it those looked at longest ago rest on disk.
        keep_days: after so many days without use a session is deleted.
    """

    upload_bytes: int = 100_000_000
    upload_pixels: int = 50_000_000
    video_s: float = 3600.0
    files: int = 8
    question_characters: int = 4000
    program_characters: int = 50_000
    questions_per_minute: int = 30
    side_by_side: int = 2
    waiting: int = 64
    sessions: int = 200
    visitor_bytes: int = 1_000_000_000
    total_bytes: int = 20_000_000_000
    held_pixel_bytes: int = 300_000_000
    keep_days: float = 90.0

    def __post_init__(self) -> None:
        if min(getattr(self, name) for name in self.__slots__) <= 0:
            raise BadRequest("every limit of the chat must be above 0")
