"""Where an expert's weights are: a folder that its settings name, or a snapshot in the hub's cache.

Looking never contacts the hub. A revision that is a branch means the commit that was pulled last, so that nothing
changes on this machine until somebody pulls again; a commit is exact everywhere.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..base import Settings

__all__ = ["Checkpoint", "cache_folder", "chosen", "fingerprint", "located"]

_SAMPLES = 32  # pieces of each file that go into its fingerprint
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Published weights.

    Attributes:
        repository: "owner/name" on the hub, or the path of a folder.
        licence: of the weights, as their page says.
        download_mb: roughly, in MiB.
        revision: a branch, tag or commit.
    """

    repository: str
    licence: str
    download_mb: int
    revision: str = "main"

    @property
    def is_folder(self) -> bool:
        return Path(self.repository).is_dir()


def chosen(settings: Settings, default: Checkpoint) -> Checkpoint:
    """What the settings `model` and `revision` choose; the licence of another model is not known here."""
    repository, revision = str(settings.get("model", default.repository)), str(settings.get("revision", "main"))
    if repository == default.repository:
        return Checkpoint(
            repository, default.licence, default.download_mb, str(settings.get("revision", default.revision))
        )
    return Checkpoint(repository, str(settings.get("licence", "see its page")), 0, revision)


def located(checkpoint: Checkpoint) -> Path | None:
    """The folder with its files, None when they are not here."""
    if checkpoint.is_folder:
        folder = Path(checkpoint.repository)
    else:
        try:
            from huggingface_hub import try_to_load_from_cache
            from huggingface_hub.errors import HFValidationError
        except ImportError:
            return None
        try:
            found = try_to_load_from_cache(
                checkpoint.repository, "config.json", cache_dir=cache_folder(), revision=checkpoint.revision
            )
        except HFValidationError:
            return None
        if not isinstance(found, str):
            return None
        folder = Path(found).parent
    return folder if any(folder.glob("*.safetensors")) else None


def cache_folder() -> Path:
    """The hub's cache, as its own environment variables say now."""
    from huggingface_hub import constants

    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"])
    return Path(os.environ["HF_HOME"]) / "hub" if "HF_HOME" in os.environ else Path(constants.HF_HUB_CACHE)


def fingerprint(folder: Path) -> str:
    """What tells these files from others: names, sizes, times of change and pieces of what is in them."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return _fingerprint(tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=64)
def _fingerprint(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in files:
        path = Path(name)
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            for n in range(_SAMPLES):
                file.seek(max(0, size - _PIECE) * n // (_SAMPLES - 1))
                digest.update(file.read(_PIECE))
                if size <= _PIECE:
                    break
    return digest.hexdigest()[:24]
