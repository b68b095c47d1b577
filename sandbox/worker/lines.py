"""Which lines of a program ran, at a cost that a loop does not feel.

On Python 3.12 and later each line reports once and is then switched off (PEP 669). On 3.11 a trace function sees a
bounded number of events, then turns itself off, and comes back for a shorter spell after each call to an expert;
lines that first run after that many events, in a stretch without calls, are missed.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from .pipe import FILENAME

__all__ = ["LineRecorder"]

_AT_START = 600  # events; about 0.1 ms
_AFTER_CALL = 60
_FRUITLESS, _SELDOM = 8, 64
_PATIENCE = 64  # calls in a row without a new line that end the first spell early


class LineRecorder:
    """Records from `start()`; `lines` may be read at any time."""

    def __init__(self) -> None:
        self.lines: set[int] = set()
        self._left = 0
        self._known = 0  # lines seen when the last spell began
        self._fruitless = 0  # spells in a row that saw nothing new
        self._calls = 0
        self._monitored = sys.version_info >= (3, 12)

    def start(self) -> None:
        if self._monitored:
            self._monitor()
        else:
            self._left = _AT_START
            sys.settrace(self._trace)

    def stop(self) -> None:
        if self._monitored:
            self._unmonitor()
        else:
            sys.settrace(None)

    def after_call(self) -> None:
        """Called when an expert has answered: what the program does next is worth seeing."""
        if self._monitored:
            return
        known = len(self.lines)
        self._fruitless = 0 if known > self._known else self._fruitless + 1
        self._known = known
        if self._left > 0:
            if self._fruitless < _PATIENCE:
                return
            self._left = 0  # a trace function is felt in each call, and this is a loop of calls
            sys.settrace(None)
        self._calls += 1
        if self._fruitless > _FRUITLESS and self._calls % _SELDOM:
            return  # a loop of calls that shows nothing new
        self._left = _AFTER_CALL
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == FILENAME:
                frame.f_trace = self._trace_line
            frame = frame.f_back
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._trace_line if frame.f_code.co_filename == FILENAME else None

    def _trace_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.lines.add(frame.f_lineno)
            self._left -= 1
            if self._left <= 0:
                sys.settrace(None)
                return None
        return self._trace_line

    def _monitor(self) -> None:
        if sys.version_info >= (3, 12):
            monitoring = sys.monitoring
            tool = monitoring.COVERAGE_ID
            lines = self.lines

            def seen(code: CodeType, line: int) -> Any:
                if code.co_filename == FILENAME:
                    lines.add(line)
                return monitoring.DISABLE

            monitoring.use_tool_id(tool, "sightline")
            monitoring.register_callback(tool, monitoring.events.LINE, seen)
            monitoring.set_events(tool, monitoring.events.LINE)

    def _unmonitor(self) -> None:
        if sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.COVERAGE_ID) == "sightline":
            sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, 0)
            sys.monitoring.free_tool_id(sys.monitoring.COVERAGE_ID)
