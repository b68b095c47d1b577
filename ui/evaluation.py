"""`sightline eval`: how many of a data set's questions are answered rightly, told as a table and kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tools.errors import BadRequest

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = ["run_eval", "tell"]


def run_eval(
    name: str, data: Path, *, mode: str, limit: int | None, out: Path | None, profile: str, quiet: bool
) -> None:
    """Judge and tell; the table goes to standard output, progress to standard error, the figures to `out`.

    Raises:
        BadRequest: when the data set, the mode or the file cannot be used.
        SightlineError: when a single mode was asked for and what it needs is missing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ..agent import Agent
    from ..agent.eval.datasets import read_data_set
    from ..agent.eval.judging import judge_all, modes_asked
    from .console import error_console

    names = modes_asked(mode)
    read = read_data_set(name, data, limit=limit)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Agent(profile=profile) as agent, Progress(*columns, console=error_console(), disable=quiet) as progress:
        bars: dict[str, Any] = {}

        def show(which: str, done: int, total: int) -> None:
            if which not in bars:
                bars[which] = progress.add_task(which, total=total)
            progress.update(bars[which], completed=done)

        figures = judge_all(read, names, agent=agent, tell=show)
    if out is not None:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise BadRequest(f"cannot write {out}: {error.strerror}") from error
    tell(figures, Console(highlight=False))


def tell(figures: Mapping[str, Any], console: Console) -> None:
    """Print the table of all modes and, below it, every question that one of them got wrong."""
    from rich.text import Text

    console.print(f"{figures['questions']} questions about {figures['pictures']} pictures")
    console.print(_table(figures["modes"]))
    for mode, found in figures["modes"].items():
        if "error" in found:
            console.print(Text(f"{mode}: not judged: {found['error']}", style="yellow"))
            continue
        if found["wrong"]:
            console.print(Text(f"\n{mode}: {len(found['wrong'])} wrong", style="bold"))
        for wrong in found["wrong"]:
            console.print(Text(f"{wrong['image']}: {wrong['question']}"))
            given = wrong["given"] or f"no answer ({wrong['note']})"
            console.print(Text(f"    said {given}, right is {wrong['expected']}", style="red"))
            for line in (wrong["program"] or "").splitlines():
                console.print(Text(f"    | {line}", style="dim"))


def _table(modes: Mapping[str, Any]) -> Table:
    from rich.table import Table

    judged = {mode: found for mode, found in modes.items() if "error" not in found}
    table = Table(title=None)
    table.add_column("family")
    table.add_column("n", justify="right")
    for mode in judged:
        table.add_column(mode, justify="right")
    families = list(dict.fromkeys(name for found in judged.values() for name in found["families"]))
    for name in families:
        shares = [found["families"][name] for found in judged.values()]
        table.add_row(name, str(shares[0]["n"]), *(f"{share['accuracy']:.1%}" for share in shares))
    table.add_section()
    if judged:
        all_of = list(judged.values())
        table.add_row("all", str(all_of[0]["n"]), *(f"{found['accuracy']:.1%}" for found in all_of))
        table.add_row("95% by picture", "", *(f"{found['low']:.1%} to {found['high']:.1%}" for found in all_of))
        table.add_row("answered", "", *(str(found["answered"]) for found in all_of))
        table.add_row("calibration error", "", *(f"{found['ece']:.3f}" for found in all_of))
        table.add_row("ms a question", "", *(f"{found['milliseconds']:.0f}" for found in all_of))
    return table
