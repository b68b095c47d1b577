"""Runs ways of answering over a data set and puts their figures side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...tools.errors import BadRequest, SightlineError
from .datasets import DataSet
from .figures import Judged, figures
from .modes import MODES, Mode, make_mode
from .scoring import scorer

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
    """Ask every question of the data set and score the replies; `tell` is called with how many are done.

    Raises:
        MissingDependency, ExpertUnavailable: when what the data set's metric needs is missing.
    """
    score = scorer(data.metric)
    judged = []
    for item in data.items:
        began = time.perf_counter()
        reply = mode.answer(item.asked)
        seconds = time.perf_counter() - began
        judged.append(Judged(item=item, reply=reply, seconds=seconds, score=score(item, reply)))
        if tell is not None:
            tell(len(judged))
    return judged


def judge_all(
    data: DataSet,
    names: Sequence[str],
    *,
    agent: Agent,
    tell: Tell | None = None,
    program: str | None = None,
    keep: Callable[[str, list[Judged]], None] | None = None,
) -> dict[str, Any]:
    """Figures by mode; a mode that cannot be run has {"error": why} in its place and the others go on.

    Args:
        program: for the mode "fixed".
        keep: handed every mode's judged questions.

    Raises:
        SightlineError: when a single mode was asked for and cannot be run.
    """
    modes: dict[str, Any] = {}
    for name in names:
        try:
            mode = make_mode(name, agent=agent, scenes=data.scenes, program=program, metric=data.metric)
        except SightlineError as error:
            if len(names) == 1:
                raise
            modes[name] = {"error": str(error)}
            continue
        told = None if tell is None else (lambda done, name=name: tell(name, done, len(data.items)))
        judged = judge(mode, data, tell=told)
        if keep is not None:
            keep(name, judged)
        modes[name] = figures(judged, metric=data.metric)
    return {
        "data_set": data.name,
        "metric": data.metric,
        "questions": len(data.items),
        "pictures": len({item.asked.image for item in data.items}),
        "modes": modes,
    }
