"""Lets the thread that serves a program get a word in while other threads of the host run Python.

CPython hands the interpreter over after 5 ms by default; a program that asks its experts a thousand small questions
would wait five seconds for nothing. The interval belongs to the whole interpreter, so it is shortened only while a
program runs, by whoever comes first, and put back by whoever leaves last.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

__all__ = ["quick_switching"]

_lock = threading.Lock()
_running = 0
_before = 0.0


@contextlib.contextmanager
def quick_switching(interval_s: float | None) -> Iterator[None]:
    """Inside the block the interpreter changes hands after `interval_s` seconds at the latest; None leaves it alone."""
    global _running, _before
    if interval_s is None:
        yield
        return
    with _lock:
        _running += 1
        if _running == 1:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(min(interval_s, _before))
    try:
        yield
    finally:
        with _lock:
            _running -= 1
            # Somebody else's choice in the meantime stays.
            if _running == 0 and abs(sys.getswitchinterval() - min(interval_s, _before)) < 1e-6:
                sys.setswitchinterval(_before)
