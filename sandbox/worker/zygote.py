"""The zygote: a small single-threaded process that was exec'd before anything secret existed, and forks every worker.

It imports and warms what programs need, confines itself, tells the host which walls stand, and then does two things
only: fork a worker when asked (the host's ends of the pipes, a pidfd and the reading end of a status pipe travel back
as descriptors), and reap workers that ended (exit status and resource figures go down the status pipe). It never
reads a byte that a worker wrote.
"""

from __future__ import annotations

import _socket
import array
import contextlib
import gc
import os
import select
import struct
import sys

from .. import wire
from . import confine, program, seccomp

__all__ = ["REPORT", "REQUEST", "main"]

REQUEST = struct.Struct("<Iq?")  # processor seconds, bytes of address space, whether nobody waits for it yet
REPORT = struct.Struct("<iddq")  # wait status, user and system seconds, peak resident bytes
_UNCONFINED = 121  # exit code of a worker that could not be confined


def main(control_fd: str, machine: str) -> None:
    """Serve the host on the socket `control_fd` until it hangs up."""
    control = _socket.socket(fileno=int(control_fd))
    program.warm_up()
    stage = program.Stage()
    walls, held = confine.confine_zygote(machine)
    control.send(wire.Encoder().frame(walls))
    os.environ.clear()
    sys.modules["posix"].environ.clear()
    gc.collect()
    gc.freeze()
    _Zygote(control, held, stage).serve()


class _Zygote:
    def __init__(self, control: _socket.socket, held: seccomp.Filter | None, stage: program.Stage) -> None:
        self._control = control
        self._stage = stage
        self._filter = held
        self._pid = os.getpid()
        self._children: dict[int, tuple[int, int]] = {}  # pidfd -> pid, status pipe
        self._poll = select.epoll()
        self._poll.register(control.fileno(), select.EPOLLIN)

    def serve(self) -> None:
        control_fd = self._control.fileno()
        while True:
            for fd, _ in self._poll.poll():
                if fd != control_fd:
                    self._reap(fd)
                    continue
                request = self._control.recv(REQUEST.size)
                if not request:
                    os._exit(0)  # the host is gone; the workers die with their parent
                self._fork(request)

    def _fork(self, request: bytes) -> None:
        cpu_s, memory_bytes, spare = REQUEST.unpack(request)
        worker_reads, host_writes = os.pipe()
        host_reads, worker_writes = os.pipe()
        status_read, status_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                confine.confine_worker(
                    (worker_reads, worker_writes),
                    cpu_s=cpu_s,
                    memory_bytes=memory_bytes,
                    held=self._filter,
                    zygote=self._pid,
                )
            except BaseException:
                os._exit(_UNCONFINED)
            self._stage.run(rehearse=spare)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = pid, status_write
        self._poll.register(pidfd, select.EPOLLIN)
        # The host keeps the worker's reading end open as well: a write to a dead worker breaks no pipe then.
        descriptors = array.array("i", [host_reads, host_writes, worker_reads, pidfd, status_read])
        self._control.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, descriptors)])
        for fd in (host_reads, host_writes, worker_reads, worker_writes, status_read):
            os.close(fd)

    def _reap(self, pidfd: int) -> None:
        pid, status_pipe = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(pid, 0)
        report = REPORT.pack(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024)
        with contextlib.suppress(BrokenPipeError):  # the host stopped caring about this worker
            os.write(status_pipe, report)
        os.close(status_pipe)
