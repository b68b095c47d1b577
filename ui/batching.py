"""`sightline batch`: rows of a manifest answered with a bar that moves, and one page that sums the results up."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..tools.errors import BadRequest

if TYPE_CHECKING:
    from ..agent.batch.run import Finished, Progress
    from ..agent.batch.summary import Tally

__all__ = ["ENGINES", "Told", "run_batch_command"]

ENGINES = ("local", "ray")
_CLASSES = 3  # of failures that the bar names


def run_batch_command(
    manifest: str,
    out: str,
    *,
    query: str | None,
    program: str | None,
    planner: str,
    profile: str,
    workers: int,
    replan: bool,
    traces: bool,
    limit: int | None,
    row_s: float,
    engine: str,
    address: str | None,
    gpus: float,
    summary: str | None,
    allow_urls: bool,
    quiet: bool,
) -> bool:
    """Run or go on with a batch and write its summary; False when it was interrupted.

    Raises:
        BadRequest: when a setting or the manifest cannot be used.
        OutputFailed: when results cannot be kept.
    """
    from ..agent.batch.crew import Recipe
    from ..agent.batch.run import run_batch
    from .batch_page import write_batch_page

    if engine not in ENGINES:
        raise BadRequest(f"there is no engine {engine!r}: use {' or '.join(ENGINES)}")
    if workers < 1:
        raise BadRequest(f"a batch needs at least one worker, not {workers}")
    if row_s <= 0:
        raise BadRequest(f"a row needs some time, not {row_s} s")
    arguments: dict[str, Any] = {"planner": planner, "profile": profile, "allow_urls": allow_urls}
    if program is not None:
        arguments["program"] = program
    recipe = Recipe(arguments=arguments, workers=workers, replan=replan, traces=traces, row_s=row_s)
    with _interrupts() as stop, Told(quiet=quiet) as told:
        finished = run_batch(
            manifest,
            out,
            recipe=recipe,
            query=query,
            limit=limit,
            engine="ray" if engine == "ray" else "local",
            engine_options={"address": address, "gpus": gpus} if engine == "ray" else None,
            tell=told.progress,
            stop=stop,
        )
    told.outcome(finished)
    if finished.complete:
        page = summary or f"{out.removesuffix('.parquet')}.html"
        told.note(f"summary: {write_batch_page(page, out)}")
    return finished.complete


class Told:
    """Tells on standard error how a batch comes along: a bar with rate and time left, and what fails, by class."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from ..agent.batch.summary import Tally
        from .console import error_console

        self._quiet = quiet
        self._console = error_console()
        self._tally: Tally = Tally()
        self._before: int | None = None
        self._began = time.monotonic()
        self._bar = Progress(
            TextColumn("rows"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[more]}"),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._task: Any = None

    def __enter__(self) -> Told:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()

    def progress(self, progress: Progress) -> None:
        """Show how far it is."""
        if self._before is None:
            self._before = progress.done
            if progress.done:
                self.note(f"{progress.done} of {progress.total} rows are done already")
        for record in progress.records:
            self._tally.add(record)
        if self._task is None:
            self._task = self._bar.add_task("rows", total=progress.total, rate="", more="")
        rate = self._tally.rows / max(1e-9, time.monotonic() - self._began)
        self._bar.update(
            self._task, completed=progress.done, rate=f"{rate:.1f} a second", more="; ".join(_spent(self._tally))
        )

    def outcome(self, finished: Finished) -> None:
        """Say how it ended: what was done, what failed, what it cost, and how to go on where something is left."""
        seconds = time.monotonic() - self._began
        if finished.answered_now:
            rate = finished.answered_now / seconds
            self.note(f"{finished.answered_now} rows in {seconds:.1f} s, {rate:.1f} a second")
            self.note("; ".join([*_spent(self._tally), *_worked(finished.spent)]))
            for (status, failure), count in self._tally.failures.most_common():
                self.note(f"failed: {count} {status} ({failure})")
        if finished.complete:
            what = "results" if finished.answered_now else "complete already"
            self.note(f"{what}: {finished.out}, {finished.total} rows")
        else:
            left = finished.total - finished.done
            self.note(
                f"stopped: {finished.done} of {finished.total} rows are done and kept in {finished.work}; "
                f"run the same command again for the other {left}"
            )

    def note(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, markup=False)


def _spent(tally: Tally) -> list[str]:
    sums = tally.sums
    calls, cached, tokens = sums["expert_calls"], sums["cached_calls"], sums["tokens_in"] + sums["tokens_out"]
    parts = [f"{calls:,} expert calls, {cached / calls:.0%} from memory" if calls else "no expert calls"]
    if tokens:
        parts.append(f"{tokens:,} tokens")
    if tally.failed:
        classes = Counter[str]()
        for (_, failure), count in tally.failures.items():
            classes[failure] += count
        told = ", ".join(f"{count} {failure}" for failure, count in classes.most_common(_CLASSES))
        parts.append(f"{tally.failed} failed: {told}")
    return parts


def _worked(spent: dict[str, int]) -> list[str]:
    names = {"plans": "plans", "experts": "runs of experts", "decoded": "frames decoded"}
    return [f"{spent[key]:,} {name}" for key, name in names.items() if spent.get(key)]


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C (or a polite request to end) sets; the second one interrupts as ever."""
    stop = threading.Event()

    def asked(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, asked)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
