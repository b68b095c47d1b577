"""Runs the worker process of a batch, watches over it, and starts it again when a row has killed it.

A process that dies takes the rows that it had begun under suspicion: each is tried again alone, and the one that kills
its process once more is recorded as a failure. A row that takes longer than it may is recorded at once, and its process
killed, since a thread that hangs cannot be. All other rows are given out again and lose nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ...tools.errors import PlannerUnavailable, SightlineError, error_types
from .ledger import Chunk
from .shift import Shift

__all__ = ["Crew", "Recipe", "Told"]

_LAUNCH = "import sys; from {package}.worker import main; main(sys.argv[1])"
_AHEAD = 2  # chunks given out for each thread, one to work on and one to go on with
_TICK_S = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How a worker process makes its agent and answers rows; plain data, since it goes to other processes.

    Attributes:
        agent: "module:function" that gives an `Agent`.
        arguments: its keyword arguments.
        workers: rows answered at the same time.
        replan: whether a program that failed at a row is mended for it.
        traces: whether traces are kept.
        row_s: seconds that one row may take, whatever it does.
    """

    agent: str = "sightline.agent.batch.agents:make_agent"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 2
    replan: bool = False
    traces: bool = False
    row_s: float = 1800.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What came back at once: results of rows, and plans."""

    results: list[dict[str, Any]] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)


class Crew:
    """The worker process of one batch, started when the first chunk comes.

    Args:
        grace_s: how long the rows that are being answered may go on once everything shall stop.
        log: a file that what the process writes on standard error is appended to.
    """

    def __init__(self, recipe: Recipe, *, grace_s: float = 20.0, log: Path | None = None) -> None:
        self._recipe = recipe
        self._grace_s = grace_s
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._unread = b""
        self._spent_before: Counter[str] = Counter()
        self._spent_now: dict[str, int] = {}
        self.deaths = 0

    @property
    def spent(self) -> dict[str, int]:
        """How often experts worked, frames were decoded and a planner was asked so far."""
        return dict(self._spent_before + Counter(self._spent_now))

    def run(
        self,
        chunks: Iterator[Chunk],
        *,
        plans: Callable[[Iterable[str]], Mapping[str, Any]] | None = None,
        stop: threading.Event | None = None,
        plan_only: bool = False,
    ) -> Iterator[Told]:
        """Answer the rows of all chunks; what comes back is given as it comes.

        Args:
            plans: gives the plans that have become known for query texts, for rows that are given out once more.
            stop: once it is set no row is begun any more, and this ends when the rows that were begun have.

        Raises:
            SightlineError: when the agent cannot be made, or its planner cannot be reached.
        """
        shift = Shift(chunks, plans=plans or (lambda queries: {}), stop=stop or threading.Event(), plan_only=plan_only)
        stopping_since: float | None = None
        while True:
            if shift.stop.is_set() and stopping_since is None:
                stopping_since = time.monotonic()
                self._send({"stop": True})
            if stopping_since is None:
                if not self._give_out(shift):
                    return
            elif self._process is None or time.monotonic() - stopping_since > self._grace_s:
                self._kill()
                return
            told, alive = self._listen(shift)
            if told.results or told.plans:
                yield told
            if shift.trouble is not None:
                self._kill()
                raise shift.trouble
            if not alive:
                self._kill()
                if stopping_since is not None:
                    return
                results = shift.died()
                self.deaths += 1
                if results:
                    yield Told(results=results)
            late = shift.late(self._recipe.row_s)
            if late and alive:
                self._kill()
                self.deaths += 1
                yield Told(results=shift.hung(late, self._recipe.row_s))

    def close(self) -> None:
        """End the process, cleanly where it listens."""
        if self._process is not None:
            self._send({"stop": True})
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._kill()

    # -- the process --

    def _give_out(self, shift: Shift) -> bool:
        """Hand out chunks as far as they are wanted; False when all is done."""
        while True:
            most = 1 if shift.alone else _AHEAD * self._recipe.workers
            if len(shift.out) >= most:
                return True
            chunk = shift.next()
            if chunk is None:
                return bool(shift.out)
            number = shift.give(chunk)
            if self._process is None:
                self._start()
            self._send({"chunk": number, "plan_only": shift.plan_only, **chunk.to_wire()})

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        code = _LAUNCH.format(package=__package__)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        log: IO[bytes] | None = None if self._log is None else self._log.open("ab")
        try:
            # A session of its own: an interrupt from the keyboard is ours to handle, and a kill reaches all of it.
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log or subprocess.DEVNULL,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        finally:
            theirs.close()
            if log is not None:
                log.close()
        self._sock, self._unread = ours, b""
        recipe = self._recipe
        self._send(
            {
                "agent": recipe.agent,
                "arguments": dict(recipe.arguments),
                "workers": recipe.workers,
                "replan": recipe.replan,
                "traces": recipe.traces,
            }
        )

    def _send(self, message: Mapping[str, Any]) -> None:
        if self._sock is not None:
            with contextlib.suppress(OSError):  # a process that is gone is noticed when listening
                self._sock.sendall(json.dumps(message).encode() + b"\n")

    def _listen(self, shift: Shift) -> tuple[Told, bool]:
        """All that has come, after waiting a moment for it; and whether the process is still there."""
        assert self._sock is not None
        told = Told()
        readable, _, _ = select.select([self._sock], [], [], _TICK_S)
        if not readable:
            return told, True
        try:
            data = self._sock.recv(1 << 20)
        except OSError:
            data = b""
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._hear(json.loads(line), shift, told)
        return told, bool(data)

    def _hear(self, message: dict[str, Any], shift: Shift, told: Told) -> None:
        if "began" in message:
            shift.began[message["began"]] = time.monotonic()
        elif "record" in message or "planned" in message:
            shift.ended(message["number"])
            if "record" in message:
                told.results.append(message)
        elif "learned" in message:
            told.plans.append(message["learned"])
        elif "spent" in message:
            self._spent_now = message["spent"]
            shift.spent(message["chunk"])
        elif "halt" in message:
            shift.trouble = PlannerUnavailable(message["halt"])
        elif "unfit" in message:
            shift.trouble = error_types().get(message["type"], SightlineError)(message["unfit"])

    def _kill(self) -> None:
        process, self._process = self._process, None
        sock, self._sock = self._sock, None
        self._spent_before += Counter(self._spent_now)
        self._spent_now = {}
        if process is not None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)  # its decoders and its sandbox with it
            process.wait()
        if sock is not None:
            sock.close()
