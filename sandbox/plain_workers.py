"""Where workers come from elsewhere: a fresh interpreter for each program, for systems without seccomp.

The reduced form: the language checks, a separate process without environment, the limits that the system knows, and the
host's clock. It stands on portable parts alone (pipes and two pumping threads), so it runs wherever Python does; it
does not hold a hostile program that breaks out of the language.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from typing import IO, Any

from ..tools.errors import SandboxUnavailable
from .channel import TICK_S, Channel
from .settings import Limits
from .workers import ExitReport, python_command

__all__ = ["PlainWorker", "PlainWorkers"]


class _SocketChannel(Channel):
    """Over a socket, on systems that cannot wait for a pipe."""

    def __init__(self, pipe: socket.socket) -> None:
        super().__init__()
        self._socket = pipe
        pipe.settimeout(TICK_S)

    def _read(self, idle: Callable[[], None]) -> bytes:
        while True:
            try:
                return self._socket.recv(1 << 16)
            except TimeoutError:
                idle()
            except ConnectionError:
                return b""

    def send(self, data: bytes, idle: Callable[[], None]) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
                idle()
            except TimeoutError:
                idle()
            except ConnectionError:
                return

    def close(self) -> None:
        self._socket.close()


class PlainWorker:
    """One interpreter that waits for one program; its pipes look like a socket to the session."""

    def __init__(self, limits: Limits) -> None:
        environment = {"PYTHONHASHSEED": "0"}
        if "SYSTEMROOT" in os.environ:  # Windows starts no interpreter without it
            environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        try:
            self._process = subprocess.Popen(
                python_command("plain", "2", str(limits.cpu_s), str(limits.memory_mb << 20)),
                env=environment,
                cwd=os.path.abspath(os.sep),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        except OSError as error:
            raise SandboxUnavailable(f"a process for the program could not be started: {error.strerror}") from error
        pipe, self._inner = socket.socketpair()
        self.channel = _SocketChannel(pipe)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._pumps = [
            threading.Thread(target=self._pump_out, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._pump_in, args=(self._process.stdin,), daemon=True),
        ]
        for pump in self._pumps:
            pump.start()

    def _pump_out(self, source: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := source.read(1 << 16):
                self._inner.sendall(data)
        with contextlib.suppress(OSError):
            self._inner.shutdown(socket.SHUT_WR)

    def _pump_in(self, sink: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := self._inner.recv(1 << 16):
                sink.write(data)

    def kill(self) -> None:
        self._process.kill()

    def finish(self) -> ExitReport:
        """Make sure that it is gone and give back its pipes; what it used is not known here."""
        ended = self._process.poll()
        self._process.kill()
        self._process.wait()
        self.channel.close()
        self._inner.shutdown(socket.SHUT_RDWR)
        for pump in self._pumps:
            pump.join()
        self._inner.close()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        code = ended or 0
        return ExitReport(signal=max(-code, 0), code=max(code, 0), cpu_s=0.0, max_rss_bytes=0)


class PlainWorkers:
    """Starts a worker when one is asked for; keeps nothing running in between."""

    def __init__(self, *, spares: int, limits: Limits) -> None:
        self.walls: dict[str, Any] = {
            "seccomp": False,
            "landlock_abi": 0,
            "namespaces": [],
            "rlimits": importlib.util.find_spec("resource") is not None,
            "user": "the calling user",
            "no_new_privileges": False,
        }
        self.pid = os.getpid()

    def acquire(self, limits: Limits) -> PlainWorker:
        return PlainWorker(limits)

    def gather(self) -> None:
        """Nothing is on order."""

    def refill(self) -> None:
        """Nothing is kept ready."""

    def close(self) -> None:
        """Nothing is kept running."""

    def abandon(self) -> None:
        """Nothing is shared with a fork."""
