"""The agent's dials, as one small frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..sandbox import Isolation, Limits
from ..tools.media import MediaLimits

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an agent works.

    Attributes:
        repairs: how often a planner that can learn from feedback may mend a program that failed.
        limits: what one program may use (seconds, memory, expert calls, output).
        media: what a picture may measure (bytes, pixels).
        allow_urls: whether http(s) addresses may be given as media; private addresses never.
        video_samples: frames of a video that a program sees, at most.
        video_wall_s: seconds that a program about a video may take, where `limits` allows less.
        video_memory: whether what is found in a video is kept on disk, so that later questions about it are cheap.
        results_folder: where results of experts are kept on disk, for later runs and other processes; None keeps them
            in memory alone.
        expert_server: the socket of an expert server, or its port as "tcp://127.0.0.1:7400", whose experts and profile
            are used in place of own ones.
        expert_token_file: the file with the token that a port wants to hear.
        keep_prompts: whether the full prompt stands in the trace, next to its hash.
        isolation: "full" refuses to run programs where the operating system offers no walls, "reduced" runs them
            anyway.
        workers: questions of a batch that are answered side by side.
    """

    repairs: int = 2
    limits: Limits = field(default_factory=Limits)
    media: MediaLimits = field(default_factory=MediaLimits)
    allow_urls: bool = False
    video_samples: int = 30
    video_wall_s: float = 600.0
    video_memory: bool = True
    results_folder: Path | None = None
    expert_server: Path | str | None = None
    expert_token_file: Path | None = None
    keep_prompts: bool = True
    isolation: Isolation = "full"
    workers: int = 2
