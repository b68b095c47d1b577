"""`sightline experts`: one set of loaded models for all processes of a machine."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from ...tools.errors import BadRequest
from .ending import plainly

__all__ = ["app"]

app = typer.Typer(
    name="experts",
    help="A server that holds the experts for all processes of this machine.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Where = Annotated[
    str,
    typer.Option("--socket", help="Where it listens: a file that is made, or tcp://127.0.0.1:PORT.", metavar="ADDRESS"),
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help="Holds the token of a port; made where it is not there.", metavar="FILE"),
]


@app.command()
def serve(
    socket: Where,
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
    token_file: TokenFile = None,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Allow a port that other machines can reach, unencrypted.")
    ] = False,
) -> None:
    """Serve until interrupted."""
    with plainly():
        from ...tools.experts.addresses import Port, parsed, token_of
        from ...tools.experts.kept import KeptResults
        from ...tools.experts.pool import ExpertPool, PoolSettings
        from ...tools.experts.profiles import load_profile
        from ...tools.experts.server import ExpertServer

        where = parsed(socket)
        if isinstance(where, Port) and token_file is None:
            raise BadRequest("a port is open to every user of this machine: name a file for its token by --token-file")
        token = None if token_file is None else token_of(token_file, make=True)
        given = {"cuda": gpu_mb, "cpu": cpu_mb}
        budgets = {device: float(mb) for device, mb in given.items() if mb is not None}
        kept = None if results is None else KeptResults(results)
        pool = ExpertPool(load_profile(profile), kept=kept, settings=PoolSettings(budgets_mb=budgets))
        server = ExpertServer(pool, where, token=token, anywhere=anywhere)

        def leave(*_: object) -> None:
            # From a thread, because the handler may have interrupted one that holds the server's lock.
            threading.Thread(target=server.close).start()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, leave)
        typer.echo(f"the experts of {profile} listen at {server.where}", err=True)
        server.serve_forever()
        pool.close()
        if kept is not None:
            kept.close()


@app.command()
def status(socket: Where, token_file: TokenFile = None) -> None:
    """Show what a server holds in memory and has done, as JSON."""
    import json

    with plainly():
        from ...tools.experts.addresses import token_of
        from ...tools.experts.client import ExpertClient

        client = ExpertClient(socket, token=None if token_file is None else token_of(token_file))
        typer.echo(json.dumps(client.status(), indent=2))
        client.close()
