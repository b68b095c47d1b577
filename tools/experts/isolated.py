"""An expert in a process of its own: it can hang, be killed or run out of memory, and only its own request fails.

The pool talks to it over a socket pair. The process inherits nothing else, and ends when the pool's end closes. It
costs a copy of the pixels for each request; it suits experts whose libraries are not trusted to come back. It is sent
what lies in the picture and cannot ask other experts, and gets no videos.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from ..errors import ExpertFailed, SightlineError
from ..framing import BadFrame, Encoder
from ..results import Result
from . import faults
from .base import Expert, ExpertRequest, Outcome
from .messages import error_from, receive, send
from .packing import MOST_BYTES, packed, result_from

__all__ = ["Isolated"]

_LOADING_S = 600.0  # reading weights from a slow disk takes long
_LEAVING_S = 2.0


class Isolated(Expert):
    """Stands for an expert whose process does the work.

    Args:
        cls: the expert; its module must be importable.
        limit_s: seconds for one call, after which the process is killed; None for no limit.

    Attributes:
        broken: whether the process is gone, and another is needed.
    """

    name = "isolated"

    def __init__(self, cls: type[Expert], limit_s: float | None) -> None:
        self._cls, self._limit_s = cls, limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._encoder = Encoder(MOST_BYTES)
        self._measured: float | None = None
        self.broken = False

    def load(self) -> None:
        mine, theirs = socket.socketpair()
        told = {
            "fd": theirs.fileno(),
            "module": self._cls.__module__,
            "class": self._cls.__qualname__,
            "settings": dict(self.settings),
            "device": self.device,
        }
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.isolated_process", json.dumps(told)],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        finally:
            theirs.close()
        self._connection = mine
        reply = self._reply("load", time.monotonic() + _LOADING_S)
        if "error" in reply:
            raise error_from(reply["error"])
        self._measured = reply.get("measured_mb")

    def measured_mb(self) -> float | None:
        return self._measured

    def serve(self, request: ExpertRequest) -> Result:
        outcome = self._ask([request], many=False)[0]
        if isinstance(outcome, SightlineError):
            raise outcome
        return outcome

    def serve_many(self, requests: Sequence[ExpertRequest]) -> Sequence[Outcome]:
        return self._ask(requests, many=True)

    def _ask(self, requests: Sequence[ExpertRequest], *, many: bool) -> list[Outcome]:
        capability = requests[0].capability
        if any(request.footage is not None for request in requests):
            raise ExpertFailed(f"the expert {self._cls.name} is asked of videos and cannot have a process of its own")
        assert self._connection is not None
        try:
            send(self._connection, self._encoder, {"many": many, "requests": [_plain(each) for each in requests]})
        except OSError:
            self._give_up()
            raise faults.gone(self._cls, capability, "had ended") from None
        until = None if self._limit_s is None else time.monotonic() + self._limit_s
        reply = self._reply(capability, until)
        if reply.get("memory"):
            raise MemoryError
        if "error" in reply:
            raise error_from(reply["error"])
        try:
            return [
                error_from(each["error"]) if "error" in each else result_from(capability, each["result"])
                for each in reply["outcomes"]
            ]
        except Exception as error:
            raise ExpertFailed(
                f"the expert {self._cls.name} gave a result that cannot be used: {faults.without_paths(error)}",
                expert=self._cls.name,
                reason="garbage",
            ) from error

    def _reply(self, what: str, until: float | None) -> dict[str, Any]:
        assert self._connection is not None
        try:
            reply = receive(self._connection, until=until)
        except TimeoutError:
            self._give_up()
            raise faults.hung(self._cls, what, self._limit_s or _LOADING_S) from None
        except (EOFError, BadFrame):
            raise faults.gone(self._cls, what, self._give_up()) from None
        return reply if isinstance(reply, dict) else {}

    def _give_up(self) -> str:
        """End the process; how it had ended, if it had."""
        self.broken = True
        assert self._process is not None
        try:
            code = self._process.wait(0.2)
        except subprocess.TimeoutExpired:
            code = None
        self.unload()
        if code is None:
            return "stopped talking"
        return f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"

    def unload(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            if not self.broken:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_LEAVING_S)
            self._process.kill()
            self._process.wait()
            self._process = None


def _plain(request: ExpertRequest) -> dict[str, Any]:
    whole = request.whole
    same = whole is not None and whole.pixels.shape == request.pixels.shape
    return {
        "capability": request.capability,
        "arguments": request.arguments.model_dump(),
        "pixels": packed(request.pixels),
        "mask": packed(request.mask),
        "whole": None
        if whole is None
        else {"id": whole.id, "box": list(whole.box), "pixels": None if same else packed(whole.pixels)},
    }
