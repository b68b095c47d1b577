"""The one door between a program and the experts: a `Runtime` with one method.

A runtime is the expert pool in this process (notebooks, tests) or a pipe to it (the sandbox); the API classes cannot
tell which. The current runtime is a context variable, so that several programs in one process never see each other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, runtime_checkable

from ..errors import ApiMisuse
from .refs import ImageRef, Reference

__all__ = ["Runtime", "Target", "current_runtime", "use_runtime"]

Target = Reference | Sequence[Reference]


@runtime_checkable
class Runtime(Protocol):
    """Serves capability calls; results are plain data (numbers, strings, lists, dicts, references in wire form)."""

    def call(self, capability: str, target: Target, arguments: dict[str, Any]) -> Any:
        """Serve one call.

        Args:
            capability: a name of `sightline.tools.capabilities`.
            target: the region, video or list of them that is asked about; an empty list for none.
            arguments: plain data, checked against the capability's schema.

        Raises:
            ApiMisuse: when target or arguments do not fit the capability.
            ExpertUnavailable, OutsideWorld, ExpertFailed: when nobody could serve it.
            LimitExceeded: when the program has used up its budget.
        """
        ...


@runtime_checkable
class OpensMedia(Protocol):
    """A runtime that can also take in new pictures; the sandbox's cannot."""

    def open(self, source: Any) -> ImageRef: ...


_current: ContextVar[Runtime | None] = ContextVar("sightline_runtime", default=None)


def current_runtime() -> Runtime:
    """The runtime that new patches and free functions use.

    Raises:
        ApiMisuse: when none is set; `use_runtime` sets one.
    """
    runtime = _current.get()
    if runtime is None:
        raise ApiMisuse("no runtime is set: run the program through an Agent, or inside `with use_runtime(...)`")
    return runtime


@contextmanager
def use_runtime(runtime: Runtime) -> Iterator[Runtime]:
    """Make `runtime` the current one inside the block."""
    token = _current.set(runtime)
    try:
        yield runtime
    finally:
        _current.reset(token)
