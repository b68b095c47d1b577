"""Which batch results and a work folder belong to, and that one process alone works on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ... import __version__
from ...tools.errors import BadRequest, OutputFailed
from .crew import Recipe
from .places import Far
from .schema import METADATA

__all__ = ["alone", "facts_of", "finished_before", "opened_results"]


def facts_of(manifest: Path | Far, recipe: Recipe, *, query: str | None, limit: int | None) -> dict[str, Any]:
    """How the results come about; `print` changes with everything that they depend on."""
    told = {
        "sightline": __version__,
        "manifest": str(manifest),
        "query": query,
        "limit": limit,
        "agent": recipe.agent,
        "arguments": dict(recipe.arguments),
        "replan": recipe.replan,
        "traces": recipe.traces,
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
    if manifest.exists() and not _is_folder(manifest):
        with manifest.opened() if isinstance(manifest, Far) else manifest.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return {**told, "print": digest.hexdigest()}


def _is_folder(manifest: Path | Far) -> bool:
    return manifest.is_folder() if isinstance(manifest, Far) else manifest.is_dir()


def finished_before(out: Path | Far, facts: dict[str, Any]) -> int | None:
    """How many rows stand in results of this very batch; None where there are no results."""
    if not out.exists():
        return None
    import pyarrow
    from pyarrow import parquet

    try:
        with opened_results(out) as source, parquet.ParquetFile(source) as file:
            known = json.loads((file.schema_arrow.metadata or {}).get(METADATA, b"{}"))
            rows = int(file.metadata.num_rows)
    except (OSError, ValueError, pyarrow.ArrowException):
        known, rows = {}, 0
    if known.get("print") != facts["print"]:
        raise BadRequest(f"{out} is there already and is not the result of this batch: name another file")
    return rows


@contextmanager
def opened_results(out: Path | Far) -> Iterator[Any]:
    """What pyarrow reads results from."""
    if isinstance(out, Path):
        yield out
        return
    with out.opened() as file:
        yield file


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Hold the batch for this process; the lock goes with the process, however that ends.

    Raises:
        OutputFailed: when another process holds it, or nothing can be written there.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    try:
        file = (work / "lock").open("w")
    except OSError as error:
        hint = "permit writing, and run the same command again to go on"
        raise OutputFailed(
            f"{work} cannot be written to: {error.strerror}; what was done is kept there; {hint}"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OutputFailed(f"another process works on this batch: {work} is in use") from None
        yield
