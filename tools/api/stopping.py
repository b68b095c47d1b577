"""Ending work that nobody waits for any more: a stop button, a wall clock, a client that hung up.

Whoever asks says how to find out; whoever works long looks now and then. The check is a context variable, so it need
not be handed through what lies between; one who goes on in another thread takes it along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Check", "Stopped", "current_check", "stopped_by"]

Check = Callable[[], None]
"""Returns while somebody waits, raises `Stopped` once nobody does."""


class Stopped(BaseException):
    """Nobody waits for this work any more. No `Exception`, since it is no fault of whoever is at work."""


def _never() -> None:
    """Somebody waits for as long as it takes."""


_current: ContextVar[Check] = ContextVar("sightline_check", default=_never)


def current_check() -> Check:
    """What to call now and then during long work."""
    return _current.get()


@contextmanager
def stopped_by(check: Check) -> Iterator[None]:
    """Let the work in this block be ended by a check."""
    token = _current.set(check)
    try:
        yield
    finally:
        _current.reset(token)
