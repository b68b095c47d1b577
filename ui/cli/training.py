"""`train`: hands a training of the project's own models to its trainer."""

from __future__ import annotations

import typer

from .. import training
from .ending import plainly

__all__ = ["app"]

app = typer.Typer()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    context: typer.Context,
    what: training.What,
    stage: training.Stage = None,
    minutes: training.Minutes = None,
    steps: training.Steps = None,
    device: training.Device = "cpu",
    out: training.Out = None,
    resume: training.Resume = False,
    processes: training.Processes = 1,
) -> None:
    """Train a model of the project's own, on data that it makes; other options go to the trainer as they are."""
    with plainly():
        module, arguments = training.command_for(
            what,
            stage=stage,
            minutes=minutes,
            steps=steps,
            device=device,
            out=out,
            resume=resume,
            more=context.args,
        )
        if code := training.run_training(module, arguments, processes=processes):
            raise typer.Exit(code)
