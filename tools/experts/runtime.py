"""The runtime of programs that run in this process, and the host's end of the sandbox's pipe."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..api.refs import ImageRef, Reference
from ..api.runtime import Target
from ..api.stopping import Stopped
from ..errors import ApiMisuse, LimitExceeded, SightlineError
from ..media import MediaStore
from .index_folder import IndexFolder
from .pool import Served
from .profiles import Profile, ServedProfile

__all__ = ["CallRecord", "InProcessRuntime", "Pool"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecord:
    """One capability call as it happened: exactly one of `result` and `error` counts.

    Attributes:
        index: 0 for the runtime's first call.
        capability, targets, arguments: what was asked, of what.
        result: plain data, None on an error.
        error: what was raised instead, None on success.
        expert, version: who answered, None on an error.
        cached: whether nothing had to be computed.
        seconds: wall-clock time.
        confidence: 0 to 1, None where the expert has none.
        ahead: whether it had been computed ahead, with the frames before.
    """

    index: int
    capability: str
    targets: tuple[Reference, ...]
    arguments: dict[str, Any]
    result: Any = None
    error: SightlineError | None = None
    expert: str | None = None
    version: str | None = None
    cached: bool = False
    seconds: float = 0.0
    confidence: float | None = None
    ahead: bool = False


class Pool(Protocol):
    """What answers: an `ExpertPool` of this process, or an `ExpertClient` of a server's."""

    @property
    def capabilities(self) -> frozenset[str]: ...

    @property
    def world(self) -> str | None: ...

    @property
    def multimodal(self) -> tuple[str, str] | None: ...

    @property
    def profile(self) -> Profile | ServedProfile: ...

    @property
    def indexes(self) -> IndexFolder | None: ...

    @property
    def computed(self) -> int: ...

    @property
    def remembered(self) -> int: ...

    def loaded(self) -> list[str]: ...

    def status(self) -> dict[str, Any]: ...

    def reason(self, capability_name: str) -> str | None: ...

    def serve(
        self, capability: str, targets: Reference | Sequence[Reference], arguments: dict[str, Any], media: MediaStore
    ) -> Served: ...

    def close(self) -> None: ...


class InProcessRuntime:
    """Answers a program's calls from a pool and a session's media; `tools.api.Runtime`.

    Args:
        pool: the experts, shared.
        media: the session's pictures.
        on_call: told of every call after it happened; what it raises ends the program's call.
    """

    def __init__(self, pool: Pool, media: MediaStore, on_call: Callable[[CallRecord], None] | None = None) -> None:
        self.pool = pool
        self.media = media
        self._on_call = on_call
        self._count = itertools.count()

    def call(self, capability: str, target: Target, arguments: dict[str, Any]) -> Any:
        """Serve one call; see `tools.api.Runtime`."""
        started = time.monotonic()
        index = next(self._count)
        if not isinstance(target, Reference | list | tuple):
            raise ApiMisuse(
                f"{str(capability)[:100]} is asked of a patch or a list of patches, not {type(target).__name__}"
            )
        targets = (target,) if isinstance(target, Reference) else tuple(target)
        asked: Reference | Sequence[Reference] = target if isinstance(target, Reference) else targets
        try:
            served = self.pool.serve(capability, asked, arguments, self.media)
        except (SightlineError, Stopped) as error:
            self._tell(
                CallRecord(
                    index=index,
                    capability=capability,
                    targets=targets,
                    arguments=arguments,
                    error=error if isinstance(error, SightlineError) else LimitExceeded("it was stopped"),
                    seconds=time.monotonic() - started,
                )
            )
            raise
        self._tell(
            CallRecord(
                index=index,
                capability=capability,
                targets=targets,
                arguments=arguments,
                result=served.data,
                expert=served.expert,
                version=served.version,
                cached=served.cached,
                seconds=served.seconds,
                confidence=served.confidence,
                ahead=served.ahead,
            )
        )
        return served.data

    def open(self, source: Any) -> ImageRef:
        """Take in a picture of any kind that `load_image` reads. Raises MediaError."""
        return self.media.add(source)

    def _tell(self, record: CallRecord) -> None:
        if self._on_call is not None:
            self._on_call(record)
