"""Experts that fail in every way in which experts fail, and one that counts how it is asked."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from sightline.tools.errors import OutsideWorld
from sightline.tools.experts import registry
from sightline.tools.experts.base import Expert, ExpertRequest, Outcome
from sightline.tools.results import Answer, Result, Verdict


def _misbehave(how: str, release: threading.Event) -> Any:
    if how == "raise":
        raise RuntimeError("the weights in /home/somebody/secret.bin are broken")
    if how == "memory":
        raise MemoryError
    if how == "hang":
        release.wait(60)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "leave":
        os._exit(3)
    if how == "outside":
        raise OutsideWorld("the faulty expert does not know this.")
    if how == "verdict":
        return Verdict(value=True)
    if how == "unusable":
        return Answer.model_construct(text=object(), confidence=None)
    if how == "none":
        return None
    return Answer(text=how)


@registry.register
class Faulty(Expert):
    """Answers with the question, or does the wrong that it names."""

    name = "test-faulty"
    capabilities = ("answer",)
    memory_mb = 10
    remembered = False
    release: ClassVar[threading.Event] = threading.Event()

    def serve(self, request: ExpertRequest) -> Result:
        found: Result = _misbehave(request.arguments.question, self.release)  # type: ignore[attr-defined]
        return found


@registry.register
class Cramped(Expert):
    """Can be loaded only when no other expert is about."""

    name = "test-cramped"
    capabilities = ("caption",)
    others: ClassVar[set[str]] = set()

    def load(self) -> None:
        if self.others:
            raise MemoryError

    def serve(self, request: ExpertRequest) -> Result:
        return Answer(text="there was room")


@registry.register
class Spacious(Expert):
    """Stands in the way of `Cramped` for as long as it is loaded."""

    name = "test-spacious"
    capabilities = ("answer",)

    def load(self) -> None:
        Cramped.others.add(self.name)

    def unload(self) -> None:
        Cramped.others.discard(self.name)

    def serve(self, request: ExpertRequest) -> Result:
        return Answer(text="here")


@registry.register
class FaultyMany(Faulty):
    """The same for several requests at once: one that misbehaves takes all of its batch down."""

    name = "test-faulty-many"
    room: ClassVar[int] = 1000  # how many at once fit into memory
    batches_seen: ClassVar[list[int]] = []

    def together(self, request: ExpertRequest) -> str:
        return request.capability

    def serve_many(self, requests: Sequence[ExpertRequest]) -> Sequence[Outcome]:
        self.batches_seen.append(len(requests))
        if len(requests) > self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return [self.serve(request) for request in requests]


class Tensor(bytearray):
    """Stands for what is computed on a GPU: counts how many of them there are."""

    now: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__(8)
        Tensor.now += 1

    def __del__(self) -> None:
        Tensor.now -= 1


@registry.register
class Cramming(Expert):
    """Holds so many tensors for each request as the question says, with room for three, whoever holds them."""

    name = "test-cramming"
    capabilities = ("answer",)
    batches_seen: ClassVar[list[int]] = []

    def serve_many(self, requests: Sequence[ExpertRequest]) -> Sequence[Outcome]:
        self.batches_seen.append(len(requests))
        held = []
        for _ in range(len(requests) * int(requests[0].arguments.question)):  # type: ignore[attr-defined]
            if Tensor.now == 3:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
            held.append(Tensor())
        return [Answer(text=f"with {len(held)}") for _ in requests]


@registry.register
class Counting(Expert):
    """Captions by mean brightness; notes the size of every batch and every picture that it saw."""

    name = "test-counting"
    capabilities = ("caption",)
    thread_safe = True
    batches_seen: ClassVar[list[int]] = []
    gate: ClassVar[threading.Event | None] = None
    entered: ClassVar[threading.Event] = threading.Event()

    def serve_many(self, requests: Sequence[ExpertRequest]) -> Sequence[Outcome]:
        self.batches_seen.append(len(requests))
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(30)
        return [Answer(text=f"{float(np.mean(each.pixels)):.2f}", confidence=0.5) for each in requests]
