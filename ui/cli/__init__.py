"""The `sightline` command.

The answer alone goes to standard output; steps, programs and complaints go to standard error. What a user did wrong is
one readable line, never a traceback. Exit codes: 0 answered, 2 bad input, 3 no plan, 4 no answer (it cannot be told, or
something failed), 5 out of time or over a limit, 130 interrupted. Each module here is a group of commands; everything
heavy is imported inside a command, so that `--help` is quick.
"""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from . import asking, experts, judging, models, serving, training
from .ending import EXIT_CODES, INTERRUPTED

__all__ = ["EXIT_CODES", "app", "main"]

app = typer.Typer(
    name="sightline",
    help="Ask questions about pictures and videos, and see how each answer was found.",
    epilog="Exit codes: 0 answered, 2 bad input, 3 no plan, 4 no answer, 5 out of time or over a limit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (asking, serving, judging, training, models, experts):
    app.add_typer(group.app)


def main() -> None:
    """The entry point of the `sightline` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an answer may hold letters that the terminal's encoding lacks
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _print_version(asked: bool) -> None:
    if asked:
        from ... import __version__

        print(f"sightline {__version__}")
        raise typer.Exit


@app.callback()
def sightline(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Ask questions about pictures and videos, and see how each answer was found."""
