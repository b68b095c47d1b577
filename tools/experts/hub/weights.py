"""Where an expert's weights are: a folder that its settings name, or a snapshot in the hub's cache.

Looking never contacts the hub. A revision that is a branch means the commit that was pulled last, so that nothing
changes on this machine until somebody pulls again; a commit is exact everywhere.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..base import Settings

__all__ = ["Checkpoint", "cache_folder", "chosen", "fingerprint", "located"]

_SAMPLES = 32  # pieces of each file that go into its fingerprint
_PIECE = 1 << 16
_MARKS = ("config.json", "model_index.json")  # of a model, of a pipeline
_WEIGHTS = ("model", "diffusion_pytorch_model")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Published weights.

    Attributes:
        repository: "owner/name" on the hub, or the path of a folder.
        licence: of the weights, as their page says.
        download_mb: roughly, in MiB.
        revision: a branch, tag or commit.
        pipeline: whether it is a pipeline of diffusers, with a folder for each of its models.
        variant: of a pipeline's files, where several are published side by side: "fp16" for those in half precision.
    """

    repository: str
    licence: str
    download_mb: int
    revision: str = "main"
    pipeline: bool = False
    variant: str | None = None

    @property
    def wanted(self) -> list[str]:
        """Patterns of the files to pull. Beside a pipeline's folders lies all of it once more, often twice."""
        if not self.pipeline:
            return ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model"]
        variant = "" if self.variant is None else f".{self.variant}"
        weights = [f"*/{name}{variant}{end}" for name in _WEIGHTS for end in (".safetensors", "-0*.safetensors")]
        full = [f"*/{name}.safetensors" for name in _WEIGHTS] if self.variant else []
        return ["model_index.json", "*/*.json", "*/*.txt", "*/*.model", *weights, *full]

    @property
    def is_folder(self) -> bool:
        return Path(self.repository).is_dir()


def chosen(settings: Settings, default: Checkpoint) -> Checkpoint:
    """What the settings `model`, `revision` and `variant` choose; the licence of another model is not known here."""
    repository, revision = str(settings.get("model", default.repository)), str(settings.get("revision", "main"))
    if repository == default.repository:
        revision, variant = str(settings.get("revision", default.revision)), settings.get("variant", default.variant)
        return replace(default, revision=revision, variant=variant)
    licence, variant = str(settings.get("licence", "see its page")), settings.get("variant")
    return Checkpoint(repository, licence, 0, revision, pipeline=default.pipeline, variant=variant)


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
                checkpoint.repository,
                _MARKS[checkpoint.pipeline],
                cache_dir=cache_folder(),
                revision=checkpoint.revision,
            )
        except HFValidationError:
            return None
        if not isinstance(found, str):
            return None
        folder = Path(found).parent
    if not checkpoint.pipeline:
        return folder if any(folder.glob("*.safetensors")) else None
    parts = [each.parent for each in folder.glob("*/config.json")]  # its models; schedulers and the like have none
    return folder if parts and all(any(each.glob("*.safetensors")) for each in parts) else None


def cache_folder() -> Path:
    """The hub's cache, as its own environment variables say now."""
    from huggingface_hub import constants

    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"])
    return Path(os.environ["HF_HOME"]) / "hub" if "HF_HOME" in os.environ else Path(constants.HF_HUB_CACHE)


def fingerprint(folder: Path) -> str:
    """What tells these files from others: names, sizes, times of change and pieces of what is in them."""
    files = sorted(path for path in (*folder.iterdir(), *folder.glob("*/*")) if path.is_file())
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
