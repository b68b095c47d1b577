"""Where workers come from on Linux: a zygote process of our own, kept running and asked for a fork at a time.

The zygote is started by exec, so the host may be as large and as threaded as it likes. It is asked over one socket;
what comes back for each request is descriptors: those of the pipes to the worker, a pidfd to kill it by, and a status
pipe on which the zygote reports how it ended. A request is sent ahead for each spare that the settings ask for.
"""

from __future__ import annotations

import array
import contextlib
import importlib.util
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..tools.errors import SandboxUnavailable
from . import wire
from .channel import PipeChannel
from .settings import Limits

__all__ = ["ExitReport", "Worker", "Zygote", "python_command"]

_REQUEST = struct.Struct("<Iq?")  # as in worker/zygote.py
_REPORT = struct.Struct("<iddq")
_START_S = 30.0  # a machine under load may take seconds to start an interpreter
_DESCRIPTORS = 5
_CLOSE_ON_EXEC = 0x40000000  # MSG_CMSG_CLOEXEC, which the socket module does not name

# The worker sees these packages and no other directory. `sightline.sandbox` and RestrictedPython are made as bare
# packages: their __init__ files would import the host's side and the stock guards, which no worker needs.
_BOOT = """
import os, sys, types
os.register_at_fork = lambda **hooks: None  # a worker is single-threaded and needs none
def bare(name, folder):
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [folder]
    return module
package, restricted, packer = sys.argv[1:4]
bare("sightline", package)
bare("sightline.sandbox", package + "/sandbox")
bare("RestrictedPython", restricted)
sys.path.append(packer)
import msgpack
sys.path.pop()
sys.modules["__main__"] = types.ModuleType("__main__")
try:
    from sightline.sandbox.worker import {module} as start
    start.main(*sys.argv[4:])
except Exception as error:
    os.write(int(sys.argv[4]), b"ERROR " + repr(error).encode()[:500])
    raise
"""


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that starts an interpreter without environment and site packages."""
    folders = []
    for name in ("RestrictedPython", "msgpack"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxUnavailable(f"the sandbox needs {name}: pip install {name}", package=name)
        folders.append(Path(spec.origin).parent)
    package = Path(__file__).absolute().parent.parent
    boot = _BOOT.format(module=module)
    # Not -I: that one would also ignore PYTHONHASHSEED. Not -B: nobody else imports the worker's modules, and without
    # their bytecode every start would compile them again.
    flags = ["-s", "-S", "-P"]
    return [sys.executable, *flags, "-c", boot, str(package), str(folders[0]), str(folders[1].parent), *arguments]


@dataclass(frozen=True, slots=True)
class ExitReport:
    """How a worker ended: the signal that killed it (0 for none), its exit code, and what it used.

    `lost` when nobody can say, because the zygote died with it.
    """

    signal: int
    code: int
    cpu_s: float
    max_rss_bytes: int
    lost: bool = False


_NO_REPORT = ExitReport(0, 0, 0.0, 0, lost=True)


class Worker:
    """A confined process that waits for one program."""

    def __init__(self, channel: PipeChannel, pidfd: int, status_fd: int) -> None:
        self.channel = channel
        self._pidfd = pidfd
        self._status_fd = status_fd

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def finish(self) -> ExitReport:
        """Make sure that it is gone, give back its descriptors, and say how it ended."""
        try:
            self.kill()
            data = os.read(self._status_fd, _REPORT.size)
        finally:
            self.discard()
        if len(data) != _REPORT.size:
            return _NO_REPORT
        status, user_s, system_s, max_rss_bytes = _REPORT.unpack(data)
        return ExitReport(
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
            cpu_s=user_s + system_s,
            max_rss_bytes=max_rss_bytes,
        )

    def discard(self) -> None:
        """Give back its descriptors without waiting."""
        self.channel.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            os.close(self._status_fd)
            self._pidfd = self._status_fd = -1


class Zygote:
    """One zygote process and the workers that it has ready."""

    def __init__(self, *, spares: int, limits: Limits) -> None:
        self._lock = threading.Lock()
        self._spare_key = _key(limits)
        self._spares = spares
        self._on_order: dict[tuple[int, int], int] = {}  # workers requested and not yet received
        self._ready: dict[tuple[int, int], deque[Worker]] = {}
        self._lent = 0  # workers that run a program now
        self._alive = True
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    python_command("zygote", str(theirs.fileno()), platform.machine()),
                    pass_fds=[theirs.fileno()],
                    env={"PYTHONHASHSEED": "0"},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except OSError as error:
            self._control.close()
            raise SandboxUnavailable(f"the sandbox's helper process could not be started: {error.strerror}") from error
        self.walls = self._first_message()
        for number in range(spares):
            # Whoever started the zygote has a program, and does not wait for a rehearsal.
            self._order(self._spare_key, spare=number > 0)

    def _first_message(self) -> dict[str, Any]:
        self._control.settimeout(_START_S)
        try:
            data = self._control.recv(4096)
        except OSError:
            data = b""
        self._control.settimeout(None)
        # However slow the machine: a helper that does not answer for so long is taken for dead.
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", int(_START_S), 0))
        if not data or data.startswith(b"ERROR "):
            self.close()
            why = data[6:].decode("utf-8", "replace") or f"exit code {self._process.returncode}"
            raise SandboxUnavailable(f"the sandbox's helper process ended at its start ({why})")
        walls: dict[str, Any] = wire.decode(data[4:])
        return walls

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._alive

    def acquire(self, limits: Limits) -> Worker:
        """A confined worker with those limits.

        Raises:
            SandboxUnavailable: when the zygote is gone; start another.
        """
        key = _key(limits)
        with self._lock:
            self._lent += 1
            waiting = self._ready.get(key)
            if waiting:
                return waiting.popleft()
            if not self._on_order.get(key):
                self._order(key)
            while True:
                made, worker = self._receive()
                if made == key:
                    return worker
                self._ready.setdefault(made, deque()).append(worker)

    def gather(self) -> None:
        """Take in the workers that are ready by now, so that whoever needs one next need not."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            while self._alive and any(self._on_order.values()):
                made, worker = self._receive(socket.MSG_DONTWAIT)
                self._ready.setdefault(made, deque()).append(worker)
        except (BlockingIOError, SandboxUnavailable):
            return  # a helper that is gone is noticed by whoever needs it
        finally:
            self._lock.release()

    def refill(self) -> None:
        """A program has ended: order the spares that were taken.

        When no other runs, there is time for them to rehearse; when many do, processor time is worth more than their
        wait.
        """
        with self._lock:
            self._lent -= 1
            if not self._alive:
                return
            ready = len(self._ready.get(self._spare_key, ()))
            with contextlib.suppress(SandboxUnavailable):
                for _ in range(self._spares - ready - self._on_order.get(self._spare_key, 0)):
                    self._order(self._spare_key, spare=self._lent == 0)

    def _order(self, key: tuple[int, int], *, spare: bool = False) -> None:
        try:
            self._control.send(_REQUEST.pack(*key, spare))
        except OSError as error:
            self._lost(error)
        self._on_order[key] = self._on_order.get(key, 0) + 1

    def _receive(self, flags: int = 0) -> tuple[tuple[int, int], Worker]:
        """Raises BlockingIOError with MSG_DONTWAIT among the flags, when there is nothing yet."""
        try:
            data, ancillary, _, _ = self._control.recvmsg(
                _REQUEST.size, socket.CMSG_SPACE(_DESCRIPTORS * 4), flags | _CLOSE_ON_EXEC
            )
        except OSError as error:
            if flags and isinstance(error, BlockingIOError):
                raise
            self._lost(error)
        if not data or not ancillary:
            self._lost(None)
        fds = array.array("i")
        fds.frombytes(ancillary[0][2])
        cpu_s, memory, _ = _REQUEST.unpack(data)
        self._on_order[cpu_s, memory] -= 1
        read_fd, write_fd, reader, pidfd, status_fd = fds
        return (cpu_s, memory), Worker(PipeChannel(read_fd, write_fd, reader), pidfd, status_fd)

    def _lost(self, cause: OSError | None) -> Any:
        self._alive = False
        raise SandboxUnavailable("the sandbox's helper process is gone") from cause

    def _all_ready(self) -> Iterator[Worker]:
        for workers in self._ready.values():
            yield from workers
        self._ready.clear()
        while self._alive and any(self._on_order.values()):
            try:
                yield self._receive()[1]
            except SandboxUnavailable:
                return

    def close(self) -> None:
        """End the zygote, and with it every worker that is left."""
        with self._lock:
            self._control.settimeout(1.0)
            for worker in self._all_ready():
                worker.kill()
                worker.discard()
            self._alive = False
            self._control.close()
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """In a fork of the host: let go of what belongs to the parent, without touching its processes."""
        self._alive = False
        for workers in self._ready.values():
            for worker in workers:
                worker.discard()
        self._control.close()
        self._process.returncode = 0  # not this process's child: nothing to wait for


def _key(limits: Limits) -> tuple[int, int]:
    return limits.cpu_s, limits.memory_mb << 20
