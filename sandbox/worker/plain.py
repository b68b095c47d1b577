"""A worker of its own, without a zygote: for systems that have no fork server's walls. One program, then gone."""

from __future__ import annotations

import os

from . import program

__all__ = ["main"]


def main(error_fd: str, cpu_s: str, memory_bytes: str) -> None:
    """Take the pipe from standard input and output, the limits that the system knows, and run the program."""
    read_fd, write_fd = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    program.warm_up()
    stage = program.Stage(read_fd, write_fd)
    os.environ.clear()
    _limit(int(cpu_s), int(memory_bytes))
    stage.run()


def _limit(cpu_s: int, memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        "RLIMIT_CPU": (cpu_s, cpu_s + 1),
        "RLIMIT_AS": (memory_bytes, memory_bytes),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_FSIZE": (0, 0),
        "RLIMIT_NPROC": (0, 0),
        "RLIMIT_NOFILE": (0, 0),
    }
    for name, limit in wanted.items():
        if hasattr(resource, name):
            # macOS knows RLIMIT_AS and refuses to set it.
            try:
                resource.setrlimit(getattr(resource, name), limit)
            except (OSError, ValueError):
                continue
