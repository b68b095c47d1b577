"""One program in a worker: receive it, compile it, run it, send the value or the fault, and end.

The source meets no parser outside this confined process. Whatever the program raises becomes a fault with Python's own
words and the program's own line.
"""

from __future__ import annotations

import os
from typing import Any

from ...tools.api import ImageRef, use_runtime
from ...tools.errors import ApiMisuse, SightlineError
from .. import wire
from . import seccomp
from .lines import LineRecorder
from .namespace import PROGRAM_API, plain_names, program_names
from .pipe import FILENAME, Pipe, PipeRuntime, Printer
from .policy import NotAllowed, compile_program
from .values import UnfitResult, decode_input, encode_result

__all__ = ["Stage", "warm_up"]

_MESSAGE_CHARS = 600


class Stage:
    """Everything that a program needs to run, made before the fork: what a worker need not touch costs it nothing."""

    def __init__(self, read_fd: int = seccomp.READ, write_fd: int = seccomp.WRITE) -> None:
        self._pipe = Pipe(read_fd, write_fd)
        self._printer = Printer(self._pipe)
        self._recorder = LineRecorder()
        self._names = program_names(printer=self._printer.print)
        self._api = {name: self._names[name] for name in PROGRAM_API}
        self._runtime = PipeRuntime(self._pipe, self._printer, self._recorder.after_call)

    def run(self, *, rehearse: bool = False) -> None:
        """Run the one program that comes down the pipe; never returns.

        With `rehearse` a small program of our own runs first: it touches the memory that the real one will, so that the
        copying after a fork is over before anybody waits.
        """
        try:
            if rehearse:
                self._rehearse()
            self._serve(self._names)
        finally:
            os._exit(0)

    def _rehearse(self) -> None:
        with self._pipe.played(_REHEARSAL):
            self._serve(self._names.copy())
        self._recorder.lines.clear()
        self._runtime.forget()

    def _serve(self, names: dict[str, Any]) -> None:
        _, source, inputs, language_wall, output_chars = self._pipe.receive()
        self._printer.limit = output_chars
        if not language_wall:
            names = plain_names(printer=self._printer.print)
        try:
            with use_runtime(self._runtime):
                value = self._value(source, inputs, names, language_wall=language_wall)
                self._recorder.stop()
                message = ["done", encode_result(value)]
        except BaseException as error:
            self._recorder.stop()
            message = _fault(error)
        self._printer.flush()
        lines = sorted(self._recorder.lines)[:20_000]
        try:
            self._pipe.send([*message, lines])
        except wire.BadFrame:
            self._pipe.send([*_fault(UnfitResult("the result is too large: return less")), lines])

    def _value(self, source: str, inputs: list[Any], names: dict[str, Any], *, language_wall: bool) -> Any:
        given = {name: decode_input(value) for name, value in inputs}
        names.update(given)
        code = compile_program(source, filename=FILENAME, language_wall=language_wall)
        self._recorder.start()
        exec(code, names)  # noqa: S102 - this is what the confined process is for
        if "execute_command" in names:
            return _call_entry(names["execute_command"], given, self._api)
        if "result" in names:
            return names["result"]
        raise ApiMisuse("the program must define execute_command, or set result")


def _call_entry(entry: Any, given: dict[str, Any], api: dict[str, Any]) -> Any:
    """Arguments by name where a parameter has an input's name, the rest by order.

    ViperGPT passes the API too: `execute_command(video, possible_answers, query, ImagePatch, VideoSegment, ...)`.
    """
    code = getattr(entry, "__code__", None)
    if code is None:
        return entry(*given.values())
    parameters = code.co_varnames[: code.co_argcount]
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    left = [name for name in given if name not in parameters and name not in keyword_only]
    arguments: dict[str, Any] = {}
    required = len(parameters) - len(entry.__defaults__ or ())
    for position, name in enumerate(parameters):
        if name in given:
            arguments[name] = given[name]
        elif name in api and position < required:
            arguments[name] = api[name]
        elif left and position < required:
            arguments[name] = given[left.pop(0)]
    for name in keyword_only:
        if name in given:
            arguments[name] = given[name]
    if code.co_posonlyargcount:
        leading = [arguments.pop(name) for name in parameters[: code.co_posonlyargcount] if name in arguments]
        return entry(*leading, **arguments)
    return entry(**arguments)


def _fault(error: BaseException) -> list[Any]:
    """["fault", type, message, line, whether it is an error of the project's tree]"""
    kind = type(error)
    name = kind.__name__ if type(kind.__name__) is str else "Exception"
    ours = isinstance(error, SightlineError) and kind.__module__ == SightlineError.__module__
    line = _line(error)
    if isinstance(error, NotAllowed):
        name, line = "NotAllowed", error.line
    elif isinstance(error, SyntaxError) and error.filename == FILENAME:
        line = error.lineno
    return ["fault", name[:100], _message(error), line, ours]


def _message(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "the program used more memory than its limit"
    if isinstance(error, RecursionError):
        return "the program recurses, or is nested, too deeply"
    try:
        text = str(error.msg) if isinstance(error, SyntaxError) else str.__str__(str(error))
    except BaseException:
        text = "(its text could not be made)"
    if isinstance(error, NameError) and error.name in _HINTS:
        text += f"; {_HINTS[error.name]}"
    if len(text) > _MESSAGE_CHARS:
        text = text[:_MESSAGE_CHARS] + "..."
    return text.encode("utf-8", "replace").decode()


_ABSENT = "open eval exec compile input globals locals vars dir help exit quit breakpoint memoryview"
_HINTS = {name: f"{name} is not available in programs" for name in _ABSENT.split()}


def _line(error: BaseException) -> int | None:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


_WARM_UP = """
import math, statistics, re, json, datetime, collections, itertools, functools, random, string, typing
class Box:
    size: int = 1
    def __init__(self, left):
        self.left = left
    def __repr__(self):
        return f"Box({self.left:>3})"
def execute_command(image, query="a"):
    found = [Box(n) for n in range(3)]
    found[0].left += 1
    first, *rest = sorted(found, key=lambda box: (box.left, "{}".format(box)))
    try:
        {}["a"]
    except KeyError as error:
        text = str(error)
    match query:
        case "a":
            counts = collections.Counter("abca").most_common(1)
    statistics.mode([1, 1, 2]), statistics.mean([1, 2.5])
    datetime.datetime(2020, 1, 2).strftime("%Y-%m-%d"), datetime.datetime.strptime("2020", "%Y")
    re.sub(r"(\\\\w+) (\\\\d)", "x", "a 1"), json.loads(json.dumps({"a": [1.5]})), random.random(), math.sqrt(2)
    str(2.5), "a b".title().encode().decode(), "%s" % 1, round(1.234, 1), "ß".upper()
    return {"a": (1, 2.5), "b": [first.left, counts], "c": image}
"""


def _rehearsal() -> list[bytes]:
    """What the host would send: a small program with a picture, and the answers to its calls."""
    source = (
        "def execute_command(image):\n"
        "    found = [patch for patch in image.find('a') if patch.simple_query('b') != 'c']\n"
        "    found.sort(key=lambda patch: patch.left)\n"
        "    return {'count': len(found), 'first': f'{found[0].left}'}\n"
    )
    image = ImageRef.whole("0" * 64, 2, 2).to_wire()
    detected = [{"box": [0, 0, 1, 1], "label": "a", "confidence": 0.5, "mask": None}]
    encoder = wire.Encoder()
    return [
        encoder.frame(message)
        for message in (
            ["run", source, [["image", ["image", image]]], True, 100],
            [True, detected],
            [True, {"text": "b", "confidence": 0.5}],
        )
    ]


_REHEARSAL = _rehearsal()


def warm_up() -> None:
    """Touch in the zygote what programs touch, so that no worker imports or builds it again."""
    import _strptime  # type: ignore[import-not-found]
    import bisect
    import heapq
    import linecache
    import traceback

    # Named so that they count as used: the standard library reaches for them lazily, when there are no files any more.
    assert all((_strptime, bisect, heapq, linecache, traceback))
    code = compile_program(_WARM_UP, filename=FILENAME, language_wall=True)
    names = program_names(printer=lambda *values: None)
    exec(code, names)  # noqa: S102 - our own text
    encode_result(names["execute_command"](None))
    try:
        raise ValueError("warm")
    except ValueError as error:
        _fault(error)
