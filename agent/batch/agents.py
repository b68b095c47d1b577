"""Makes the agent of a worker process from plain arguments, which is what goes from one process to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["make_agent"]


def make_agent(
    *,
    planner: str = "native",
    profile: str = "embedded",
    program: str | None = None,
    video_samples: int | None = None,
    video_memory: bool = True,
    allow_urls: bool = False,
    keep_prompts: bool = True,
) -> Agent:
    """An agent by names.

    Args:
        program: source of a program that answers every row, in place of a planner.
        video_samples: frames of a video that a program sees; the default of `Settings` when omitted.
    """
    from ..agent import Agent
    from ..planners.scripted import ScriptedPlanner
    from ..settings import Settings

    settings = Settings(video_memory=video_memory, allow_urls=allow_urls, keep_prompts=keep_prompts)
    if video_samples is not None:
        settings = replace(settings, video_samples=video_samples)
    writer = planner if program is None else ScriptedPlanner(program, repairs=False)
    return Agent(writer, profile=profile, settings=settings)
