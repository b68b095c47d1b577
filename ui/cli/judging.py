"""Commands about many questions: `batch`, `eval`, `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .ending import INTERRUPTED, plainly
from .inputs import program_text
from .options import AllowUrls, PlannerName, ProfileName, Show

__all__ = ["app"]

app = typer.Typer()


@app.command()
def batch(
    manifest: Annotated[
        str,
        typer.Argument(
            help="CSV, JSONL or Parquet with media and query, or a folder; a path or an address such as s3://.",
            metavar="MANIFEST",
        ),
    ],
    out: Annotated[
        str, typer.Option("--out", help="Where the results go: a path or an address.", metavar="RESULTS.parquet")
    ],
    query: Annotated[
        str | None, typer.Option("--query", help="What is asked where a row asks nothing.", metavar="TEXT")
    ] = None,
    program: Annotated[
        Path | None, typer.Option("--program", help="Run this program on every row and plan nothing.", metavar="FILE")
    ] = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
    workers: Annotated[int, typer.Option("--workers", help="Rows answered at the same time.", metavar="N")] = 2,
    replan_on_failure: Annotated[
        bool, typer.Option("--replan-on-failure", help="Mend the program for a row where it fails.")
    ] = False,
    traces: Annotated[bool, typer.Option("--traces", help="Keep the traces, in RESULTS.parquet.traces.jsonl.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many rows.", metavar="N")] = None,
    row_seconds: Annotated[
        float, typer.Option("--row-seconds", help="How long one row may take, whatever it does.", metavar="S")
    ] = 1800.0,
    engine: Annotated[str, typer.Option("--engine", help="local, or ray.", metavar="NAME")] = "local",
    address: Annotated[
        str | None, typer.Option("--ray-address", help="Of the cluster; else one is started here.", metavar="ADDRESS")
    ] = None,
    gpus: Annotated[
        float, typer.Option("--gpus-per-worker", help="With ray; a fraction shares a card.", metavar="N")
    ] = 0.0,
    summary: Annotated[
        str | None, typer.Option("--summary", help="The page about it; beside the results if omitted.", metavar="HTML")
    ] = None,
    allow_urls: AllowUrls = False,
    show: Show = True,
) -> None:
    """Answer many questions about many pictures and videos; a batch that was stopped goes on where it was."""
    with plainly():
        from ..batching import run_batch_command

        complete = run_batch_command(
            manifest,
            out,
            query=query,
            program=None if program is None else program_text(program),
            planner=planner,
            profile=profile,
            workers=workers,
            replan=replan_on_failure,
            traces=traces,
            limit=limit,
            row_s=row_seconds,
            engine=engine,
            address=address,
            gpus=gpus,
            summary=summary,
            allow_urls=allow_urls,
            quiet=not show,
        )
        if not complete:
            raise typer.Exit(INTERRUPTED)


@app.command("eval")
def evaluate(
    name: Annotated[
        str,
        typer.Argument(
            help="The data set: clevr, gqa, vqav2, okvqa, refcoco, refcoco+, refcocog, nextqa, egoschema, or jsonl.",
            metavar="NAME",
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="Its folder.", metavar="DIR")],
    mode: Annotated[
        str, typer.Option("--mode", help="chained, trained, joined, planner, fixed, or all.", metavar="MODE")
    ] = "all",
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many questions.", metavar="N")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.", metavar="FILE")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write figures, all rows and a page into this folder.", metavar="DIR")
    ] = None,
    program: Annotated[
        Path | None, typer.Option("--program", help="What the mode fixed runs on every question.", metavar="FILE")
    ] = None,
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
    show: Show = True,
) -> None:
    """Judge the answers to a data set's questions: accuracy, calibration, and every error."""
    with plainly():
        from ..evaluation import run_eval

        run_eval(
            name,
            data,
            mode=mode,
            limit=limit,
            out=json,
            profile=profile,
            quiet=not show,
            folder=out,
            planner=planner,
            program=None if program is None else program_text(program),
        )


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Rows of a run of eval: DIR/rows-MODE.jsonl.", metavar="ROWS")],
    second: Annotated[Path, typer.Argument(help="Rows of another over the same questions.", metavar="ROWS")],
    page: Annotated[Path | None, typer.Option("--page", help="Write a page about it.", metavar="FILE.html")] = None,
) -> None:
    """Compare two runs of eval row by row: who is right where the other is wrong, and whether that is chance."""
    with plainly():
        from ..evaluation import run_compare

        run_compare(first, second, page=page)
