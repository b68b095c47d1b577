"""What several commands take: arguments and options, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AllowUrls",
    "Json",
    "Media",
    "Options",
    "PlannerName",
    "ProfileName",
    "ReportFile",
    "RouteName",
    "SaveFile",
    "Show",
    "TraceFile",
]

Media = Annotated[
    str,
    typer.Argument(
        help="A picture or video: a file; a picture also, with --allow-urls, an http(s) address.", metavar="MEDIA"
    ),
]
Options = Annotated[
    list[str] | None, typer.Option("--option", help="One of the answers to choose from; repeat it.", metavar="TEXT")
]
PlannerName = Annotated[
    str,
    typer.Option(
        "--planner",
        help="native, or a chat model: openai:NAME, anthropic:NAME, ollama:NAME, http://HOST:PORT/v1#NAME.",
        metavar="NAME",
    ),
]
RouteName = Annotated[
    str,
    typer.Option(
        "--route",
        help="Which way to answer: auto decides for each question; program, tools (a chat model) or direct.",
        metavar="NAME",
    ),
]
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile", help="Which experts serve what: embedded, standard, large, cpu, or a TOML file.", metavar="NAME"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object in place of the answer.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Append the trace to this JSON-lines file.", metavar="FILE.jsonl")
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the evidence as one HTML page.", metavar="FILE.html")
]
SaveFile = Annotated[
    Path | None,
    typer.Option(
        "--save",
        help="Write the picture that is the answer to this file; of several, FILE-1, FILE-2, ...",
        metavar="FILE.png",
    ),
]
AllowUrls = Annotated[bool, typer.Option("--allow-urls", help="Fetch pictures from http(s) addresses.")]
Show = Annotated[bool, typer.Option("--show/--quiet", help="Tell each step on standard error, or only what fails.")]
