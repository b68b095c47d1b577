"""What the command lines of trainers share: how long, from which seed, where, on what, and what becomes of errors."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from ...errors import SightlineError
from .run import Schedule

__all__ = ["carried_out", "schedule_of", "trainer"]


def trainer(
    module: str, about: str | None, *, minutes: str, batch: int, batch_of: str, resume: str | None = None
) -> argparse.ArgumentParser:
    """A parser with the shared options.

    Args:
        module: as it is called with `python -m`.
        minutes: what the minutes count.
        batch_of: what a batch holds.
        resume: what resuming means, where it needs saying.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--minutes", type=float, default=None, help=minutes)
    parser.add_argument("--steps", type=int, default=None, help="instead of minutes, for a repeatable run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--batch", type=int, default=batch, help=batch_of)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help=resume)
    return parser


def schedule_of(options: argparse.Namespace, **more: Any) -> Schedule:
    """The schedule that the shared options tell, and what the trainer adds.

    Raises: BadRequest as `Schedule`.
    """
    told = {name: getattr(options, name) for name in ("seed", "minutes", "steps", "device")}
    return Schedule(**told, **more)


def carried_out(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, work: Callable[[argparse.Namespace], object]
) -> int:
    """Do the work with as many threads as were asked for; 2 when it cannot be done, and why on standard error."""
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        work(options)
    except SightlineError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
