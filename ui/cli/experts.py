"""`sightline experts`: one set of loaded models for all processes of a machine."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from .ending import plainly

__all__ = ["app"]

app = typer.Typer(
    name="experts",
    help="A server that holds the experts for all processes of this machine.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Socket = Annotated[Path, typer.Option("--socket", help="Where it listens: a file that is made.", metavar="PATH")]


@app.command()
def serve(
    socket: Socket,
    profile: Annotated[str, typer.Option("--profile", help="Which experts serve what.", metavar="NAME")] = "embedded",
    gpu_mb: Annotated[
        int | None, typer.Option("--gpu-mb", help="MiB that models may take on each GPU.", metavar="MIB")
    ] = None,
    cpu_mb: Annotated[
        int | None, typer.Option("--cpu-mb", help="MiB of this machine's memory that models may take.", metavar="MIB")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--results", help="Keep results in this folder, for later too.", metavar="DIR")
    ] = None,
) -> None:
    """Serve until interrupted."""
    with plainly():
        from ...tools.experts.kept import KeptResults
        from ...tools.experts.pool import ExpertPool, PoolSettings
        from ...tools.experts.profiles import load_profile
        from ...tools.experts.server import ExpertServer

        given = {"cuda": gpu_mb, "cpu": cpu_mb}
        budgets = {device: float(mb) for device, mb in given.items() if mb is not None}
        kept = None if results is None else KeptResults(results)
        pool = ExpertPool(load_profile(profile), kept=kept, settings=PoolSettings(budgets_mb=budgets))
        server = ExpertServer(pool, socket)

        def leave(*_: object) -> None:
            # From a thread, because the handler may have interrupted one that holds the server's lock.
            threading.Thread(target=server.close).start()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        typer.echo(f"the experts of {profile} listen at {socket}", err=True)
        server.serve_forever()
        pool.close()
        if kept is not None:
            kept.close()


@app.command()
def status(socket: Socket) -> None:
    """Show what a server holds in memory and has done, as JSON."""
    import json

    with plainly():
        from ...tools.experts.client import ExpertClient

        client = ExpertClient(socket)
        typer.echo(json.dumps(client.status(), indent=2))
        client.close()
