"""The host's end of one program: read frames, check them, serve the calls within the budget, and judge how it ended.

Everything that arrives is hostile input. There are four kinds of message, found in a dictionary by name; each is
checked by exact type; a message that is not one of them ends the program. The one thing a worker can make happen here
is a call of `runtime.call` with plain data and references that this program holds.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..tools.api.runtime import Runtime
from ..tools.api.stopping import Stopped, stopped_by
from ..tools.errors import ExpertFailed, LimitExceeded, SightlineError, Status, error_types
from . import wire
from .plain_workers import PlainWorker
from .references import ReferenceTable
from .results import CallSite, ProgramFault
from .settings import Limits
from .values import Input, decode_result, encode_inputs
from .workers import ExitReport, Worker

__all__ = ["Session"]

_MAX_TARGETS = 1024
_MAX_ARGUMENT_NODES = 4096
_FEW_ARGUMENTS = 16
_REFUSALS_AFTER_BUDGET = 8  # a program may catch the error and answer with what it has, not go on asking


class _Ended(Stopped):
    """The program is over, with whatever is computed for it; carries the fault."""

    def __init__(self, type: str, message: str, status: Status, line: int | None = None) -> None:
        self.fault = ProgramFault(type=type, message=message, line=line, status=status)


class Session:
    """Serves one program in one worker."""

    def __init__(
        self,
        worker: Worker | PlainWorker,
        *,
        runtime: Runtime,
        limits: Limits,
        on_call: Callable[[CallSite], None] | None,
        cancel: threading.Event | None,
    ) -> None:
        self._worker = worker
        self._channel = worker.channel
        self._runtime = runtime
        self._limits = limits
        self._on_call = on_call
        self._cancel = cancel
        self._table = ReferenceTable()
        self._encoder = wire.Encoder()
        self._deadline = 0.0
        self._pixels = 0
        self._question_chars = 0
        self._refusals = 0
        self._output_left = limits.output_chars
        self._printed: list[str] = []
        self._final: tuple[Any, ProgramFault | None] | None = None
        self._methods: dict[str, Callable[[list[Any]], None]] = {
            "call": self._on_call_frame,
            "print": self._on_print_frame,
            "done": self._on_done_frame,
            "fault": self._on_fault_frame,
        }
        self._sites: list[tuple[str, int | None]] = []  # capability and line of each call
        self.executed_lines: tuple[int, ...] = ()

    @property
    def printed(self) -> str:
        return "".join(self._printed)

    @property
    def calls(self) -> tuple[CallSite, ...]:
        return tuple(CallSite(index, *site) for index, site in enumerate(self._sites))

    def run(
        self,
        source: str,
        inputs: Mapping[str, Input],
        *,
        language_wall: bool,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> tuple[Any, ProgramFault | None, ExitReport]:
        """Run the program to its end: its value, or the fault; the worker is gone afterwards.

        `meanwhile` is called once the worker has its program, for what this thread can do while it works.
        """
        self._deadline = time.monotonic() + self._limits.wall_s
        value: Any = None
        fault: ProgramFault | None = None
        try:
            request = ["run", source, encode_inputs(inputs, self._table), language_wall, self._limits.output_chars]
            self._channel.prepare()
            self._channel.send(self._program_frame(request), self._check_clock)
            meanwhile()
            with stopped_by(self._check_clock):  # once for all calls: each is a few microseconds of work
                value, fault = self._serve()
        except _Ended as ended:
            fault = ended.fault
        except wire.BadFrame:
            broke = "the program broke the sandbox's protocol and was ended"
            fault = ProgramFault(type="Killed", message=broke, line=None, status="limit")
        finally:
            report = self._worker.finish()
        if fault is not None and fault.type == "_died":
            fault = _death(report)
        return value, fault, report

    def _serve(self) -> tuple[Any, ProgramFault | None]:
        while self._final is None:
            payload = self._channel.receive(self._check_clock)
            if payload is None:
                return None, ProgramFault(type="_died", message="", line=None, status="limit")
            message = wire.decode(payload)
            if type(message) is not list or not message or type(message[0]) is not str:
                raise wire.BadFrame("not a message")
            method = self._methods.get(message[0])
            if method is None:
                raise wire.BadFrame("not a message")
            method(message)
        return self._final

    def _program_frame(self, request: list[Any]) -> bytes:
        try:
            return self._encoder.frame(request)
        except (wire.BadFrame, OverflowError):
            raise _Ended("LimitExceeded", "the program and its inputs are too large", "limit") from None
        except UnicodeEncodeError:
            raise _Ended("SyntaxError", "the program holds characters that are not text", "api_misuse") from None

    def _check_clock(self) -> None:
        if time.monotonic() > self._deadline:
            raise _Ended("ProgramTimeout", f"the program took longer than {self._limits.wall_s:g} s", "timeout")
        if self._cancel is not None and self._cancel.is_set():
            raise _Ended("Cancelled", "the run was cancelled", "limit")

    # -- messages --

    def _on_print_frame(self, message: list[Any]) -> None:
        if len(message) != 2 or type(message[1]) is not str:
            raise wire.BadFrame("not a print")
        self._check_clock()
        text = message[1]
        if len(text) > self._output_left:
            self._keep_printed(text[: self._output_left])
            raise _Ended("LimitExceeded", "the program printed more than its limit", "limit")
        self._keep_printed(text)

    def _keep_printed(self, text: str) -> None:
        self._output_left -= len(text)
        self._printed.append(_without_controls(text))

    def _on_done_frame(self, message: list[Any]) -> None:
        if len(message) != 3:
            raise wire.BadFrame("not a result")
        self._keep_lines(message[2])
        try:
            self._final = decode_result(message[1], self._table, self._runtime), None
        except SightlineError as error:
            self._final = (
                None,
                ProgramFault(type=type(error).__name__, message=error.message, line=None, status=error.status),
            )

    def _on_fault_frame(self, message: list[Any]) -> None:
        if [type(part) for part in message[:3]] != [str, str, str] or len(message) != 6:
            raise wire.BadFrame("not a fault")
        _, name, text, line, ours, lines = message
        if (line is not None and type(line) is not int) or type(ours) is not bool:
            raise wire.BadFrame("not a fault")
        self._keep_lines(lines)
        name = name if name.isidentifier() else "Exception"
        status: Status = "limit" if name == "MemoryError" else "api_misuse"
        if ours and name in error_types():
            status = error_types()[name].status
        fault = ProgramFault(type=name[:100], message=_without_controls(text[:2000]), line=line, status=status)
        self._final = None, fault

    def _keep_lines(self, lines: Any) -> None:
        if type(lines) is not list or any(type(line) is not int or not 0 <= line < 1 << 31 for line in lines):
            raise wire.BadFrame("not lines")
        called = {line for _, line in self._sites if line is not None}
        self.executed_lines = tuple(sorted(called.union(lines)))

    def _on_call_frame(self, message: list[Any]) -> None:
        if len(message) != 5:
            raise wire.BadFrame("not a call")
        _, line, capability, target, arguments = message
        if line is not None and (type(line) is not int or not 0 <= line < 1 << 31):
            raise wire.BadFrame("not a call")
        if type(capability) is not str or not capability.isidentifier() or len(capability) > 64:
            raise wire.BadFrame("not a call")
        if type(arguments) is not dict or (type(target) is not bytes and type(target) is not list):
            raise wire.BadFrame("not a call")
        self._check_clock()
        try:
            reply = [True, self._serve_call(line, capability, target, arguments)]
        except SightlineError as error:
            reply = [False, type(error).__name__, error.message[:2000]]
        self._check_clock()  # an expert may have taken long
        try:
            data = self._encoder.frame(reply)
        except (TypeError, ValueError, OverflowError, wire.BadFrame):
            data = self._encoder.frame(
                [False, "ExpertFailed", f"the expert for {capability} returned something unusable"]
            )
        self._channel.send(data, self._check_clock)

    def _serve_call(self, line: int | None, capability: str, target: Any, arguments: dict[str, Any]) -> Any:
        resolved: Any
        if type(target) is bytes:
            resolved, pixels = self._table.resolve_packed(target)
        else:
            if len(target) > _MAX_TARGETS:
                raise LimitExceeded(f"one call may ask about at most {_MAX_TARGETS} images")
            known = [self._table.resolve_packed(item) for item in target]
            resolved = [reference for reference, _ in known]
            pixels = sum([area for _, area in known])
        self._spend(pixels, _characters(arguments))
        self._sites.append((capability, line))
        if self._on_call is not None:
            self._on_call(CallSite(len(self._sites) - 1, capability, line))
        try:
            result = self._runtime.call(capability, resolved, arguments)
        except SightlineError:
            raise
        except Exception as error:
            # Foreign errors may hold paths and secrets of the host.
            raise ExpertFailed(f"the expert for {capability} failed") from error
        if type(result) is dict or type(result) is list:
            self._table.grant_results(result)
        return result

    def _spend(self, pixels: int, characters: int) -> None:
        limits = self._limits
        problem = None
        if len(self._sites) >= limits.calls:
            problem = f"the program has used up its budget of {limits.calls} calls"
        elif self._pixels + pixels > limits.pixels:
            problem = f"the program has used up its budget of {limits.pixels} pixels shown to experts"
        elif self._question_chars + characters > limits.question_chars:
            problem = f"the program has used up its budget of {limits.question_chars} characters of questions"
        if problem is None:
            self._pixels += pixels
            self._question_chars += characters
            return
        self._refusals += 1
        if self._refusals > _REFUSALS_AFTER_BUDGET:
            raise _Ended("LimitExceeded", problem, "limit")
        raise LimitExceeded(problem)


def _characters(arguments: dict[str, Any]) -> int:
    """Text in the arguments; also checks that they are small and plain."""
    characters = nodes = 0
    if len(arguments) < _FEW_ARGUMENTS:  # most calls: a text or two
        for key, value in arguments.items():
            kind = type(value)
            if type(key) is not str or (kind is not str and kind is not bool and value is not None):
                break
            characters += len(key) + (len(value) if kind is str else 0)
        else:
            return characters
        characters = 0
    pending: list[Any] = [arguments]
    while pending:
        value = pending.pop()
        kind = type(value)
        nodes += 1
        if kind is str:
            characters += len(value)
        elif kind is list:
            pending += value
        elif kind is dict:
            for key in value:
                if type(key) is not str:
                    raise wire.BadFrame("not arguments")
            pending += value
            pending += value.values()
        elif kind is bytes:
            raise wire.BadFrame("not arguments")
        if nodes + len(pending) > _MAX_ARGUMENT_NODES:
            raise LimitExceeded(f"one call may hold at most {_MAX_ARGUMENT_NODES} values")
    return characters


_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if code not in (9, 10)}


def _without_controls(text: str) -> str:
    """Without what could steer a terminal: control characters other than tab and newline."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROLS)


def _death(report: ExitReport) -> ProgramFault:
    """Why a worker ended without a result."""
    kind, message = "Killed", "the program ended its process without a result"
    if report.signal == signal.SIGXCPU:
        kind, message = "LimitExceeded", "the program used more processor time than its limit"
    elif report.signal == signal.SIGSYS:
        message = "the program asked the system for something that is not allowed"
    elif report.signal == signal.SIGKILL:
        message = "the program was ended: too much memory or processor time"
    elif report.signal:
        message = f"the program crashed the interpreter (signal {report.signal})"
    return ProgramFault(type=kind, message=message, line=None, status="limit")
