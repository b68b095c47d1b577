"""Rows of a list answered in this process: what `Agent.batch` does, for lists that memory holds.

It shares what a large batch shares (a query is planned once, rows about the same file share its decode), keeps nothing
on disk, and gives whole answers with their traces.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ...tools.errors import MediaError
from .plans import PlanOnce
from .shelf import RowStore, Shelf

if TYPE_CHECKING:
    from ..agent import Agent
    from ..answer import Answer

__all__ = ["answer_rows"]


def answer_rows(agent: Agent, rows: Sequence[Mapping[str, Any]]) -> list[Answer | Exception]:
    """An answer for each row, in their order; in place of one an exception, where a fault of ours lost it.

    Args:
        rows: with `question`, `media` and perhaps `options`.

    Raises:
        SightlineError: when the agent's planner, experts or sandbox cannot be made.
    """
    settings = agent.settings
    sharing = type(agent)(
        PlanOnce(agent.planner, replan=True, mends=settings.repairs),
        profile=agent.profile,
        settings=settings,
        pool=agent.pool,
        sandbox=agent.sandbox,
    )
    shelf = Shelf(limits=settings.media, allow_urls=settings.allow_urls, idle=settings.workers)

    def answered(number: int) -> Answer | Exception:
        try:
            return _answer(sharing, shelf, rows[number])
        except Exception as error:
            return error

    by_media = sorted(range(len(rows)), key=lambda number: (_source(rows[number]) or "", number))
    found: dict[int, Answer | Exception] = {}
    try:
        with ThreadPoolExecutor(max_workers=settings.workers, thread_name_prefix="sightline-batch") as workers:
            for number, answer in zip(by_media, workers.map(answered, by_media), strict=True):
                found[number] = answer
    finally:
        shelf.close()
    return [found[number] for number in range(len(rows))]


def _answer(agent: Agent, shelf: Shelf, row: Mapping[str, Any]) -> Answer:
    question, media, options = row.get("question", ""), row.get("media", ()), row.get("options")
    source = _source(row)
    if source is None:
        return agent.ask(question, media, options=options)
    try:
        held = shelf.take(source)
    except MediaError:
        return agent.ask(question, media, options=options)  # says what is wrong with it, as for a single question
    else:
        return agent.ask(question, held, options=options, store=RowStore())
    finally:
        shelf.release(source)


def _source(row: Mapping[str, Any]) -> str | None:
    """The file that a row is about, None where it is given in another way."""
    media = row.get("media")
    if not isinstance(media, str | os.PathLike):
        return None
    text = os.fspath(media)
    return text if isinstance(text, str) and not text[:16].lower().startswith(("data:", "http")) else None
