"""The agent floor: ask a question about a picture, get an answer with its program and its evidence.

Heavy parts (planner weights, experts, the sandbox) load when a question first needs them.
"""

from typing import TYPE_CHECKING, Any

from .agent import Agent
from .answer import Answer
from .events import Event
from .trace import Trace, read_trace, read_traces

if TYPE_CHECKING:
    from .replay import replay
    from .settings import Settings

__all__ = ["Agent", "Answer", "Event", "Settings", "Trace", "read_trace", "read_traces", "replay"]


def __getattr__(name: str) -> Any:
    # These two bring the sandbox and the media loaders along, which importing the package should not cost.
    if name == "replay":
        from .replay import replay

        return replay
    if name == "Settings":
        from .settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
