"""The agent floor: ask a question about a picture, get an answer with its program and its evidence.

Heavy parts (planner weights, experts, the sandbox) load when a question first needs them.
"""

from typing import TYPE_CHECKING, Any

from .agent import Agent
from .answer import Answer
from .events import Event
from .trace import Trace, read_trace, read_traces

if TYPE_CHECKING:
    from .replayer import replay
    from .session import Session
    from .settings import Settings

__all__ = ["Agent", "Answer", "Event", "Session", "Settings", "Trace", "read_trace", "read_traces", "replay"]


# These bring the sandbox and the media loaders along, which importing the package should not cost.
_LAZY = {"Session": "session", "Settings": "settings", "replay": "replayer"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_LAZY[name]}", __name__), name)
