"""`Sandbox`: runs programs that nobody trusts, each in a confined process of its own.

One sandbox serves many threads; runs share the zygote and nothing else. It starts at first use, is restarted when its
helper process dies, and leaves no process behind: not on `close`, not when it is forgotten, not when the host is
killed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from ..tools.api.runtime import Runtime
from ..tools.errors import BadRequest, SandboxUnavailable
from .plain_workers import PlainWorker, PlainWorkers
from .results import CallSite, ProgramResult, Usage, Walls
from .session import Session
from .settings import Limits, SandboxSettings
from .switching import quick_switching
from .values import Input
from .workers import Worker, Zygote

__all__ = ["Sandbox"]

_REDUCED_WARNING = (
    "reduced isolation: language checks and a separate process only; run untrusted programs on Linux or in a container"
)


_HAS_ZYGOTE = sys.platform == "linux"
Workers = Zygote | PlainWorkers


class Sandbox:
    """Runs programs in confined workers.

    Example:
        >>> with Sandbox() as sandbox:
        ...     sandbox.run("result = 1 + 1", inputs={}, runtime=runtime).value
        2
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        self._lock = threading.Lock()
        self._zygote: Workers | None = None
        self._closed = False
        self._finalizer: weakref.finalize[Any, Any] | None = None
        _living.add(self)

    @property
    def settings(self) -> SandboxSettings:
        return self._settings

    def run(
        self,
        source: str,
        *,
        inputs: Mapping[str, Input],
        runtime: Runtime,
        limits: Limits | None = None,
        on_call: Callable[[CallSite], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> ProgramResult:
        """Run one program to its end.

        Args:
            source: defines `execute_command`, or sets `result`.
            inputs: by name; they fill the parameters of `execute_command` by name, the rest by order.
            runtime: serves the program's calls, in this thread.
            limits: instead of the settings'.
            on_call: told of each call before it is served.
            cancel: ends the program soon after it is set, with a fault of type `Cancelled`.

        Raises:
            BadRequest: when the source or an input is not one that a program can be.
            SandboxUnavailable: when the walls cannot be raised on this system, or the sandbox is closed.
        """
        if not isinstance(source, str):
            raise BadRequest(f"a program is text, not {type(source).__name__}")
        limits = limits or self._settings.limits
        started = time.perf_counter()
        for attempt in range(2):
            zygote, worker = self._worker(limits)
            session = Session(worker, runtime=runtime, limits=limits, on_call=on_call, cancel=cancel)
            try:
                with quick_switching(self._settings.switch_interval_s):
                    value, fault, report = session.run(
                        source, inputs, language_wall=self._settings.language_wall, meanwhile=zygote.gather
                    )
            finally:
                zygote.refill()
            if not (
                report.lost and attempt == 0 and fault is not None and fault.type == "Killed" and not session.calls
            ):
                break
            self._forget(zygote)  # died with its helper, and nobody outside has seen anything of it: once more
        calls = session.calls
        usage = Usage(wall_s=time.perf_counter() - started, cpu_s=report.cpu_s, max_rss_bytes=report.max_rss_bytes)
        return ProgramResult(
            value=value,
            error=fault,
            printed=session.printed,
            calls=calls,
            executed_lines=session.executed_lines or tuple(sorted({site.line for site in calls if site.line})),
            usage=usage,
            walls=_walls(zygote, self._settings),
        )

    def walls(self) -> Walls:
        """The walls in force here; starts the sandbox if it is not running.

        Raises:
            SandboxUnavailable: as `run`.
        """
        return _walls(self._running(), self._settings)

    def close(self) -> None:
        """End the helper process and every worker; a closed sandbox stays closed."""
        with self._lock:
            self._closed = True
            finalizer, self._finalizer, self._zygote = self._finalizer, None, None
        if finalizer is not None:
            finalizer()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def _worker(self, limits: Limits) -> tuple[Workers, Worker | PlainWorker]:
        zygote = self._running()
        try:
            return zygote, zygote.acquire(limits)
        except SandboxUnavailable:
            # The helper died (out of memory, a stray kill): once more with a fresh one.
            self._forget(zygote)
            zygote = self._running()
            return zygote, zygote.acquire(limits)

    def _running(self) -> Workers:
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("this sandbox is closed: make a new one")
            if self._zygote is None:
                make = Zygote if _HAS_ZYGOTE else PlainWorkers
                zygote = make(spares=self._settings.spares, limits=self._settings.limits)
                missing = _missing(zygote)
                if missing and self._settings.isolation == "full":
                    zygote.close()
                    raise SandboxUnavailable(
                        f"programs cannot be confined here: {missing}. Run where it is there, or accept less with "
                        'SandboxSettings(isolation="reduced")'
                    )
                if missing:
                    warnings.warn(_REDUCED_WARNING, RuntimeWarning, stacklevel=4)
                self._zygote = zygote
                self._finalizer = weakref.finalize(self, _close_in_owner, zygote, os.getpid())
            return self._zygote

    def _forget(self, zygote: Workers) -> None:
        with self._lock:
            if self._zygote is zygote:
                self._zygote = None
                if self._finalizer is not None:
                    self._finalizer.detach()
                    self._finalizer = None
                zygote.close()

    def _after_fork(self) -> None:
        # The child of a fork shares the socket of its parent's zygote; it gets a zygote of its own when it needs one.
        self._lock = threading.Lock()
        if self._finalizer is not None:
            self._finalizer.detach()
            self._finalizer = None
        if self._zygote is not None:
            self._zygote.abandon()
            self._zygote = None


def _close_in_owner(zygote: Workers, owner: int) -> None:
    if os.getpid() == owner:
        zygote.close()


def _missing(zygote: Workers) -> str | None:
    if not zygote.walls["seccomp"]:
        return "this system has no seccomp" if sys.platform == "linux" else f"{sys.platform} has no seccomp"
    if not zygote.walls["no_new_privileges"]:
        return "this system cannot bar a process from gaining privileges"
    return None


def _walls(zygote: Workers, settings: SandboxSettings) -> Walls:
    facts = zygote.walls
    return Walls(
        isolation="reduced" if _missing(zygote) else "full",
        language=settings.language_wall,
        seccomp=facts["seccomp"],
        landlock_abi=facts["landlock_abi"],
        namespaces=tuple(facts["namespaces"]),
        rlimits=facts["rlimits"],
        user=facts["user"],
        no_new_privileges=facts["no_new_privileges"],
    )


_living: weakref.WeakSet[Sandbox] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for sandbox in list(_living):
        sandbox._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
