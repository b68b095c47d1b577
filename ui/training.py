"""`sightline train`: hands a training to its trainer and shows how it goes.

On a terminal a progress bar stands on standard error, elsewhere lines come now and then. What each trainer can be told
beyond the common options is its own business: options that are not known here are passed on to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..tools.errors import BadRequest

if TYPE_CHECKING:
    from ..tools.mllm.training.practice import Progress, Tell

__all__ = ["command_for", "run_training", "shown"]

_MODULES = {
    ("detector", "find"): "detector.train",
    ("detector", "closer"): "detector.train_closer",
    ("planner", "plan"): "planner.train",
    **{("mllm", stage): "multimodal.train" for stage in ("language", "align", "instruct", "prefer")},
}
_PACKAGE = "sightline.tools.mllm."

What = Annotated[str, typer.Argument(help="detector, planner or mllm.", metavar="WHAT")]
Stage = Annotated[
    str | None,
    typer.Option(
        "--stage", help="detector: find (default), closer. mllm: language, align, instruct, prefer.", metavar="NAME"
    ),
]
Minutes = Annotated[
    float | None, typer.Option("--minutes", help="How long to train; processor time per thread on a CPU.")
]
Steps = Annotated[int | None, typer.Option("--steps", help="In place of minutes, for a run that repeats exactly.")]
Device = Annotated[str, typer.Option("--device", help="cpu, cuda, cuda:1, mps.")]
Out = Annotated[Path | None, typer.Option("--out", help="The run's folder (default: runs/WHAT).", metavar="DIR")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in the folder, or begin it.")]
Processes = Annotated[int, typer.Option("--processes", help="Share every batch among so many processes.", min=1)]


def command_for(
    what: str,
    *,
    stage: str | None,
    minutes: float | None,
    steps: int | None,
    device: str,
    out: Path | None,
    resume: bool,
    more: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """The trainer's module and its arguments.

    Raises: BadRequest for a training or stage that there is not.
    """
    stages = [name for model, name in _MODULES if model == what]
    if not stages:
        raise BadRequest(f"There is no training of {what!r}; choose detector, planner or mllm.")
    if stage is None and what != "mllm":
        stage = stages[0]
    if stage is None or stage not in stages:
        given = "none" if stage is None else repr(stage)
        raise BadRequest(f"--stage of {what} is one of {', '.join(stages)}, not {given}.")
    if minutes is not None and steps is not None:
        raise BadRequest("Say how long to train either by --minutes or by --steps.")
    if minutes is None and steps is None:
        raise BadRequest("Say how long to train: --minutes M or --steps N.")
    module = _MODULES[what, stage]
    folder = out or Path("runs") / what
    arguments = ["--minutes", str(minutes)] if minutes is not None else ["--steps", str(steps)]
    if what == "mllm":
        arguments += ["--stage", stage]
    if module == "detector.train_closer":
        if "--examples" not in more:
            arguments += ["--examples", str(folder / "examples")]
        if "--detector" not in more and (folder / "detector.safetensors").exists():
            arguments += ["--detector", str(folder / "detector.safetensors")]
        folder = folder / "closer"
    arguments += ["--out", str(folder), "--device", device, *(["--resume"] if resume else []), *more]
    return _PACKAGE + module, arguments


def run_training(module: str, arguments: Sequence[str], *, processes: int = 1) -> int:
    """Train, here or in several processes; the trainer's exit code."""
    if processes > 1:
        from ..tools.mllm.training.launch import launch

        return launch(processes, module, arguments)
    from importlib import import_module

    # by its name under this package, whatever that is called here
    trainer: Callable[..., int] = import_module(module.replace("sightline", __package__.rpartition(".")[0], 1)).main
    with shown() as tell:
        return trainer(list(arguments), tell=tell)


@contextmanager
def shown() -> Iterator[Tell]:
    """How a run goes, told on standard error: a bar on a terminal, lines elsewhere."""
    from .console import error_console

    console = error_console()
    if not console.is_terminal:
        from ..tools.mllm.training.practice import plainly

        yield plainly()
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[left]}"))
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("begins", total=1.0, left="")

        def tell(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.done,
                left=_left(progress.left_s),
                description=(
                    f"step {progress.step}  loss {progress.loss:.4f}  {progress.per_second:.1f} {progress.examples}/s  "
                    f"{progress.tflops:.3f}/{progress.peak_tflops:.3f} TFLOPS"
                ),
            )

        yield tell


def _left(seconds: float) -> str:
    minutes = round(seconds / 60) if seconds < 1e7 else None
    if minutes is None:
        return ""
    return f"{minutes // 60}:{minutes % 60:02d} h left" if minutes >= 60 else f"{minutes} min left"
