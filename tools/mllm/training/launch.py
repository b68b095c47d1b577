"""Starts a training command again in several processes on this machine, by torch's own launcher."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from ...errors import BadRequest, MissingDependency

__all__ = ["launch"]


def launch(processes: int, module: str, arguments: Sequence[str]) -> int:
    """Run `python -m module arguments` in so many processes; the exit code, 0 when all of them were well.

    Raises: BadRequest for fewer than two; MissingDependency without accelerate.
    """
    if processes < 2:
        raise BadRequest(f"Several processes are two or more, not {processes}.")
    if find_spec("accelerate") is None:
        raise MissingDependency("Training with several processes", "accelerate", extra="train")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return subprocess.run([*command, "-m", module, *arguments], check=False).returncode
