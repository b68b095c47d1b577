"""The panel on the page that says what answers here, on which devices, and what it takes in memory, as HTML."""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...agent.router import Route
from ...tools.capabilities import CAPABILITIES
from ...tools.errors import SightlineError
from ..report import environment
from ..wording import WAY_WORDS

if TYPE_CHECKING:
    from ...agent import Agent
    from ...tools.experts.runtime import Pool

__all__ = ["render_panel"]


def render_panel(agent: Agent, routes: Sequence[Route]) -> str:
    """What answers here.

    Args:
        routes: that a visitor can choose from.
    """
    pool = agent.pool
    try:
        planner = agent.planner.name
    except SightlineError as error:
        planner = str(error)
    return (
        environment()
        .get_template("chat_panel.html.j2")
        .render(
            profile=pool.profile.name,
            planner=planner,
            loaded=pool.loaded(),
            remembered=pool.remembered,
            computed=pool.computed,
            devices=_devices(pool),
            ways=[WAY_WORDS[route] for route in routes if route != "auto"],
            memory_mb=_resident_mb(),
            most_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            can=[CAPABILITIES[name].asks for name in sorted(pool.capabilities)],
        )
    )


def _resident_mb() -> int:
    """Memory that this process holds now, in MiB; what it held at most where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _devices(pool: Pool) -> list[str]:
    """What models take on each device and may take, in words."""
    devices: Mapping[str, Mapping[str, int]] = pool.status()["devices"]
    return [f"{name}: {held['used_mb']:,} of {held['budget_mb']:,} MiB" for name, held in devices.items()]
