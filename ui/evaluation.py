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

__all__ = ["run_compare", "run_eval", "tell"]


def run_eval(
    name: str,
    data: Path,
    *,
    mode: str,
    limit: int | None,
    out: Path | None,
    profile: str,
    quiet: bool,
    folder: Path | None = None,
    planner: str = "native",
    program: str | None = None,
) -> None:
    """Judge and tell; the table goes to standard output, progress to standard error, the figures to `out`.

    Args:
        folder: gets the figures, the rows of each mode, and the page.
        program: for the mode "fixed".

    Raises:
        BadRequest: when the data set, the mode or the file cannot be used.
        SightlineError: when a single mode was asked for and what it needs is missing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .. import __version__
    from ..agent import Agent
    from ..agent.eval.comparing import compare
    from ..agent.eval.datasets import read_data_set
    from ..agent.eval.judging import judge_all, modes_asked
    from ..agent.eval.rows import JudgedRow, read_rows, write_rows
    from .console import error_console
    from .eval_page import write_eval_page

    names = modes_asked(mode)
    read = read_data_set(name, data, limit=limit)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    kept: dict[str, list[JudgedRow]] = {}

    def keep(which: str, judged: Any) -> None:
        if folder is not None:
            path = folder / f"rows-{which}.jsonl"
            write_rows(path, judged)
            kept[which] = read_rows(path)

    with (
        Agent(planner, profile=profile, route="program") as agent,
        Progress(*columns, console=error_console(), disable=quiet) as progress,
    ):
        bars: dict[str, Any] = {}

        def show(which: str, done: int, total: int) -> None:
            if which not in bars:
                bars[which] = progress.add_task(which, total=total)
            progress.update(bars[which], completed=done)

        figures = judge_all(read, names, agent=agent, tell=show, program=program, keep=keep)
    figures["configuration"] = {
        "sightline": __version__,
        "planner": planner,
        "profile": profile,
        "mode": mode,
        "limit": limit,
        "program": program,
    }
    for path in (out, None if folder is None else folder / "figures.json"):
        if path is not None:
            _write(path, figures)
    tell(figures, Console(highlight=False))
    if folder is not None:
        modes = list(kept)
        pairs = {(a, b): compare(kept[a], kept[b]) for k, a in enumerate(modes) for b in modes[k + 1 :]}
        page = write_eval_page(folder / "index.html", figures, pairs)
        if not quiet:
            error_console().print(f"page: {page}", markup=False)


def run_compare(first: Path, second: Path, *, page: Path | None) -> None:
    """Tell how two files of rows differ, on standard output, and write the page about it where one is named.

    Raises:
        BadRequest: when a file holds no rows, or the two judge different questions.
    """
    from rich.console import Console
    from rich.text import Text

    from ..agent.eval.comparing import compare
    from ..agent.eval.rows import read_rows
    from .eval_page import write_comparison_page

    found = compare(read_rows(first), read_rows(second))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{found.rows} questions; first {found.first:.1%}, second {found.second:.1%}")
    console.print(
        f"both right {found.both}, only the first {found.first_only}, only the second {found.second_only}, "
        f"neither {found.neither}"
    )
    console.print(
        f"second over first {found.difference:+.1%}, 95% by picture {found.bounds.low:+.1%} to "
        f"{found.bounds.high:+.1%}; p = {found.p_value:.3g} (McNemar, exact)"
    )
    for one, two in found.changed:
        console.print(Text(f"{one.media}: {one.question} Right is {one.expected}."))
        console.print(Text(f"    first {one.given or 'nothing'}, second {two.given or 'nothing'}", style="dim"))
    if page is not None:
        write_comparison_page(page, found, names=(str(first), str(second)))


def _write(path: Path, figures: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"cannot write {path}: {error.strerror}") from error


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
        for name in all_of[0]["measures"]:
            table.add_row(name, "", *(f"{found['measures'][name]:.3f}" for found in all_of))
        table.add_row("answered", "", *(str(found["answered"]) for found in all_of))
        table.add_row("calibration error", "", *(f"{found['ece']:.3f}" for found in all_of))
        table.add_row("ms a question", "", *(f"{found['milliseconds']:.0f}" for found in all_of))
    return table
