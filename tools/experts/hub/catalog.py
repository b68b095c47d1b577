"""The weights that a profile's experts need: which there are, whether they are here, and how they come and go.

Pulling takes safetensors, configuration and words, code or pickles only where a flag allows them, and resumes what was
cut off. What is in the
hub's cache is named by its digest, so that verifying needs no list of digests and no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...errors import BadRequest, ExpertUnavailable
from .. import registry
from ..base import Expert, Settings
from ..profiles import Profile
from .published import PublishedExpert
from .weights import PICKLES, Checkpoint, allowed, cache_folder, chosen, located, only_pickles

__all__ = ["Model", "models", "pull", "remove", "verify"]

_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The weights of one expert.

    Attributes:
        expert: its name, of further weights with what they are for ("control-painter:canny"); `capabilities`: what it
            serves.
        checkpoint: what it loads.
        memory_mb: what it says that it takes, in MiB.
        folder: where the files are, None when they are not here.
        code_licence: of the expert itself.
        flags: what its settings allow beyond data: "allow_pickle", "allow_remote_code".
        note: what is to be known of its files, such as that they are pickles.
    """

    expert: str
    capabilities: tuple[str, ...]
    checkpoint: Checkpoint
    memory_mb: int
    folder: Path | None
    code_licence: str
    flags: tuple[str, ...] = ()
    note: str = ""

    def size_mb(self) -> float:
        """What the files take on disk, in MiB; what the download would take where they are not here, 0 if unknown."""
        if self.folder is None:
            return float(self.checkpoint.download_mb)
        if self.folder.is_file():
            return self.folder.stat().st_size / 2**20
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file()) / 2**20


def models(profile: Profile | None = None) -> list[Model]:
    """The weights of a profile's experts, or with None of every expert's defaults, by name of the expert."""
    used = registry.names() if profile is None else {name for names in profile.experts.values() for name in names}
    settings = {} if profile is None else profile.settings
    return [each for name in sorted(used) for each in _models(registry.get(name), settings.get(name, {}))]


def _models(cls: type[Expert], settings: Settings) -> list[Model]:
    """What an expert loads at once, then what it loads for some requests only; nothing for one without weights."""
    if not issubclass(cls, PublishedExpert):
        return []
    memory_mb, flags = int(settings.get("memory_mb", cls.memory_mb)), allowed(settings)
    wanted = [(cls.name, chosen(settings, cls.checkpoint), memory_mb)]
    wanted += [(f"{cls.name}:{use}", part, cls.part_mb) for use, part in cls.parts(settings).items()]
    return [
        Model(
            expert=name,
            capabilities=cls.capabilities,
            checkpoint=checkpoint,
            memory_mb=memory,
            folder=located(checkpoint, pickles="allow_pickle" in flags),
            code_licence=cls.licence,
            flags=flags,
            note=_note(checkpoint, flags),
        )
        for name, checkpoint, memory in wanted
    ]


def _note(checkpoint: Checkpoint, flags: tuple[str, ...]) -> str:
    if checkpoint.file and not checkpoint.file.endswith(".safetensors"):
        return "a pickle, trusted" if "allow_pickle" in flags else "a pickle, opened as data only"
    return "pickles, refused" if "allow_pickle" not in flags and only_pickles(checkpoint) else ""


def pull(checkpoint: Checkpoint, *, flags: tuple[str, ...] = ()) -> Path:
    """Bring the files of a checkpoint, or what is missing of them; the folder with them, or its one file.

    Args:
        flags: what may be brought beside data: "allow_pickle", "allow_remote_code".

    Raises:
        BadRequest: for a folder, which is here already, and for what no hub has.
        ExpertUnavailable: when the hub cannot be reached or has no such files.
    """
    if checkpoint.is_folder:
        raise BadRequest(f"{checkpoint.repository} is a folder of this machine: there is nothing to pull")
    if checkpoint.page:
        raise BadRequest(
            f"{checkpoint.file} is on no hub: get it from {checkpoint.page} and name its path in a profile"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ExpertUnavailable("pulling models needs huggingface_hub: pip install 'sightline[experts]'") from None
    wanted = checkpoint.wanted
    if not checkpoint.file:
        wanted += [*(PICKLES if "allow_pickle" in flags else ()), *(["*.py"] if "allow_remote_code" in flags else ())]
    try:
        snapshot_download(
            checkpoint.repository,
            revision=checkpoint.revision,
            cache_dir=cache_folder(),
            allow_patterns=wanted,
            ignore_patterns=None if "allow_remote_code" in flags else ["*.py"],
        )
    except Exception as error:  # its own, httpx's and the system's errors have no common base
        raise ExpertUnavailable(
            f"{checkpoint.repository} at {checkpoint.revision} cannot be pulled ({type(error).__name__}): check the "
            "name, the network, and whether its page asks for an agreement; what is here stays usable"
        ) from error
    place = located(checkpoint, pickles="allow_pickle" in flags)
    if place is None:
        wanted_file = checkpoint.file or "safetensors"
        raise ExpertUnavailable(
            f"{checkpoint.repository} has no {wanted_file}: choose another model or revision"
            + ("" if checkpoint.file else ", or pull its pickles with --allow-pickle if you trust them")
        )
    return place


def verify(folder: Path) -> dict[str, bool | None]:
    """File -> whether its content is what its digest says; None where nothing is known of it."""
    if folder.is_file():
        return {folder.name: _intact(folder.resolve())}
    return {
        str(path.relative_to(folder)): _intact(path.resolve()) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _intact(blob: Path) -> bool | None:
    """The cache names large files by their SHA-256, and small ones as git does."""
    name = blob.name
    if len(name) == 64:
        digest = hashlib.sha256()
    elif len(name) == 40:
        digest = hashlib.sha1(b"blob %d\0" % blob.stat().st_size)  # git's name of a file, no protection
    else:
        return None
    with blob.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest() == name


def remove(checkpoints: Iterable[Checkpoint]) -> float:
    """Delete the files of checkpoints from the hub's cache, all revisions; how many MiB that freed."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    names = {checkpoint.repository for checkpoint in checkpoints}
    try:
        held = scan_cache_dir(cache_folder())
    except CacheNotFound:
        return 0.0
    commits = [revision.commit_hash for repo in held.repos if repo.repo_id in names for revision in repo.revisions]
    if not commits:
        return 0.0
    plan = held.delete_revisions(*commits)
    plan.execute()
    return plan.expected_freed_size / 2**20
