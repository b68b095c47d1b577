"""Runs ways of answering over a data set and puts their figures side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...tools.errors import BadRequest, SightlineError
from .datasets import DataSet
from .figures import Judged, figures
from .modes import MODES, Mode, make_mode

if TYPE_CHECKING:
    from ..agent import Agent

__all__ = ["judge", "judge_all", "modes_asked"]

Tell = Callable[[str, int, int], None]  # mode, questions done, questions in all


def modes_asked(name: str) -> tuple[str, ...]:
    """The modes that a name stands for. Raises BadRequest when it is none."""
    if name == "all":
        return MODES
    if name not in MODES:
        raise BadRequest(f"there is no mode {name!r}: there are {', '.join(MODES)} and all")
    return (name,)


def judge(mode: Mode, data: DataSet, *, tell: Callable[[int], None] | None = None) -> list[Judged]:
    """Ask every question of the data set; `tell` is called with how many are done."""
    judged = []
    for item in data.items:
        began = time.perf_counter()
        reply = mode.answer(item.asked)
        judged.append(Judged(item=item, reply=reply, seconds=time.perf_counter() - began))
        if tell is not None:
            tell(len(judged))
    return judged


def judge_all(data: DataSet, names: Sequence[str], *, agent: Agent, tell: Tell | None = None) -> dict[str, Any]:
    """Figures by mode; a mode that cannot be run has {"error": why} in its place and the others go on.

    Raises:
        SightlineError: when a single mode was asked for and cannot be run.
    """
    modes: dict[str, Any] = {}
    for name in names:
        try:
            mode = make_mode(name, agent=agent, scenes=data.scenes)
        except SightlineError as error:
            if len(names) == 1:
                raise
            modes[name] = {"error": str(error)}
            continue
        told = None if tell is None else (lambda done, name=name: tell(name, done, len(data.items)))
        modes[name] = figures(judge(mode, data, tell=told))
    return {
        "data_set": data.name,
        "questions": len(data.items),
        "pictures": len({item.asked.image for item in data.items}),
        "modes": modes,
    }
