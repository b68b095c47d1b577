"""Commands that serve a page and tell of this installation: `chat`, `doctor`, `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .ending import FAILED, plainly
from .inputs import route_named
from .options import PlannerName, ProfileName, RouteName

__all__ = ["app"]

app = typer.Typer()


@app.command()
def chat(
    host: Annotated[
        str, typer.Option("--host", help="The address to serve at; this machine alone by default.", metavar="ADDRESS")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port.", min=1, max=65535, metavar="N")] = 7860,
    auth: Annotated[
        list[str] | None,
        typer.Option(
            "--auth",
            help="Who may sign in; repeat it, or name a file of such lines, which no process list shows.",
            metavar="NAME:PASSWORD|@FILE",
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Where sessions are kept; the user's data folder by default.", metavar="DIR"),
    ] = None,
    planner: PlannerName = "native",
    route: RouteName = "auto",
    profile: ProfileName = "embedded",
) -> None:
    """Serve a page on which to talk about pictures and videos, point at things in them, and watch the work."""
    with plainly():
        from ..chat.server import default_folder, read_users, serve

        serve(
            host=host,
            port=port,
            users=read_users(auth or ()),
            profile=profile,
            planner=planner,
            route=route_named(route),
            folder=folder or default_folder(),
        )


@app.command()
def doctor(planner: PlannerName = "native", profile: ProfileName = "embedded") -> None:
    """Show what is installed, which experts serve what, and which walls of the sandbox stand."""
    with plainly():
        from ..doctor import examine, tell

        tell(examine(planner=planner, profile=profile))


@app.command()
def demo(
    photos: Annotated[
        Path | None, typer.Option("--photos", help="A folder with questions.toml and its pictures.", metavar="DIR")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the reports go.", metavar="DIR")] = Path("demo-out"),
    planner: PlannerName = "native",
    profile: ProfileName = "embedded",
) -> None:
    """Answer questions about the pictures that come along, and write a report for each."""
    with plainly():
        from ..demo import run_demo

        if not run_demo(photos=photos, out=out, planner=planner, profile=profile):
            raise typer.Exit(FAILED)
