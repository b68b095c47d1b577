"""Things made in advance by other processes, in order, for steps that take less time than their batches to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Generic, TypeVar

from torch.utils.data import DataLoader, Dataset

__all__ = ["ahead"]

Made = TypeVar("Made")


def ahead(make: Callable[[int], Made], start: int = 0, *, workers: int = 0) -> Iterator[Made]:
    """`make(start)`, `make(start + 1)`, ... without end; the same for any number of processes.

    Args:
        make: depends on its number alone, and does nothing on an accelerator.
        workers: processes that make things in advance; 0 makes each here, when it is asked for.
    """
    if workers < 1:
        yield from map(make, count(start))
        return
    numbered = _Numbered(make)
    yield from DataLoader(numbered, batch_size=None, sampler=count(start), num_workers=workers, collate_fn=_as_it_is)


class _Numbered(Dataset[Made], Generic[Made]):
    def __init__(self, make: Callable[[int], Made]) -> None:
        self._make = make

    def __getitem__(self, number: int) -> Made:
        return self._make(number)


def _as_it_is(made: Any) -> Any:
    return made
