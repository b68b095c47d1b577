"""Where an expert's weights are: a folder or file that its settings name, or a snapshot in the hub's cache.

Looking never contacts the hub. A revision that is a branch means the commit that was pulled last, so that nothing
changes on this machine until somebody pulls again; a commit is exact everywhere.

Files that can run code when they are opened are refused, unless a setting of the expert allows them: `allow_pickle` for
weights in pickles, `allow_remote_code` for code that comes with a model.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..base import Settings

__all__ = ["PICKLES", "Checkpoint", "allowed", "cache_folder", "chosen", "fingerprint", "located", "only_pickles"]

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_SAMPLES = 32  # pieces of each file that go into its fingerprint
_PIECE = 1 << 16
_WEIGHTS = ("model", "diffusion_pytorch_model")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Published weights.

    Attributes:
        repository: "owner/name" on the hub, or the path of a folder, or of the file itself.
        licence: of the weights, as their page says.
        download_mb: roughly, in MiB.
        revision: a branch, tag or commit.
        file: for libraries that keep a model in one file, its name in the repository; "" for a folder of files.
        page: where a person gets it, for weights that no hub has; "" for those that can be pulled.
        pipeline: whether it is a pipeline of diffusers, with a folder for each of its models.
        variant: of a pipeline's files, where several are published side by side: "fp16" for those in half precision.
    """

    repository: str
    licence: str
    download_mb: int
    revision: str = "main"
    file: str = ""
    page: str = ""
    pipeline: bool = False
    variant: str | None = None

    @property
    def wanted(self) -> list[str]:
        """Patterns of the files to pull. Beside a pipeline's folders lies all of it once more, often twice."""
        if self.file:
            return [self.file]
        if not self.pipeline:
            return ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model"]
        variant = "" if self.variant is None else f".{self.variant}"
        weights = [f"*/{name}{variant}{end}" for name in _WEIGHTS for end in (".safetensors", "-0*.safetensors")]
        full = [f"*/{name}.safetensors" for name in _WEIGHTS] if self.variant else []
        return ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", *weights, *full]

    @property
    def is_folder(self) -> bool:
        """Whether it is on this machine under a path of its own, and not in the hub's cache."""
        return Path(self.repository).is_dir() or (bool(self.file) and Path(self.repository).is_file())


def chosen(settings: Settings, default: Checkpoint) -> Checkpoint:
    """What the settings `model`, `revision`, `file`, `variant` choose; of others the licence is not known here."""
    repository = str(settings.get("model", default.repository))
    file = str(settings.get("file", default.file)) if default.file else ""
    if (repository, file) == (default.repository, default.file):
        revision = str(settings.get("revision", default.revision))
        return replace(default, revision=revision, variant=settings.get("variant", default.variant))
    revision = str(settings.get("revision", "main"))
    licence, variant = str(settings.get("licence", "see its page")), settings.get("variant")
    return Checkpoint(repository, licence, 0, revision, file, pipeline=default.pipeline, variant=variant)


def allowed(settings: Settings) -> tuple[str, ...]:
    """Of `allow_pickle` and `allow_remote_code` those that are set."""
    return tuple(name for name in ("allow_pickle", "allow_remote_code") if settings.get(name) is True)


def located(checkpoint: Checkpoint, *, pickles: bool = False) -> Path | None:
    """The folder with its files, or its one file; None when it is not here.

    Args:
        pickles: whether a folder that has no safetensors but pickles counts.
    """
    if checkpoint.file:
        return _file(checkpoint)
    folder = _folder(checkpoint)
    if folder is not None and checkpoint.pipeline:
        parts = [each.parent for each in folder.glob("*/config.json")]  # its models; schedulers and the like have none
        return folder if parts and all(any(each.glob("*.safetensors")) for each in parts) else None
    if folder is None or any(folder.glob("*.safetensors")) or any(folder.glob("*/*.safetensors")):
        return folder
    return folder if pickles and _pickles(folder) else None


def only_pickles(checkpoint: Checkpoint) -> bool:
    """Whether it is here, but with pickles in the place of safetensors."""
    return not checkpoint.file and located(checkpoint) is None and located(checkpoint, pickles=True) is not None


def _pickles(folder: Path) -> bool:
    return any(True for pattern in PICKLES for _ in folder.glob(pattern))


def _file(checkpoint: Checkpoint) -> Path | None:
    given = Path(checkpoint.repository)
    if checkpoint.is_folder:
        found = given if given.is_file() else given / checkpoint.file
        return found if found.is_file() else None
    return _cached(checkpoint, checkpoint.file)


def _folder(checkpoint: Checkpoint) -> Path | None:
    if checkpoint.is_folder:
        return Path(checkpoint.repository)
    found = _cached(checkpoint, "config.json") or _cached(checkpoint, "model_index.json")  # of a pipeline of diffusers
    return None if found is None else found.parent


def _cached(checkpoint: Checkpoint, file: str) -> Path | None:
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:
        return None
    try:
        found = try_to_load_from_cache(
            checkpoint.repository, file, cache_dir=cache_folder(), revision=checkpoint.revision
        )
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def cache_folder() -> Path:
    """The hub's cache, as its own environment variables say now."""
    from huggingface_hub import constants

    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"])
    return Path(os.environ["HF_HOME"]) / "hub" if "HF_HOME" in os.environ else Path(constants.HF_HUB_CACHE)


def fingerprint(place: Path) -> str:
    """What tells these files from others: names, sizes, times of change and pieces of what is in them."""
    files = [place] if place.is_file() else sorted(p for p in (*place.iterdir(), *place.glob("*/*")) if p.is_file())
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
