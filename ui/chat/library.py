"""An open session's pictures, videos and sounds: on disk all of them, in memory those that were looked at last.

Visitors bring them and experts make them. Each is entered in the session's `ArtefactStore` and lies in its folder, so
what memory has no room for is read again from there when somebody looks at it.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...agent.lineage import pictures_made
from ...agent.trace import Trace
from ...tools.errors import BadRequest, SightlineError
from ...tools.media import MediaStore, Picture, PixelBudget, Video
from ..wording import asked
from .artefact_store import Artefact, ArtefactStore
from .limits import ChatLimits
from .uploads import checked, media_limits

if TYPE_CHECKING:
    from ...agent import Answer

__all__ = ["MediaLibrary"]


class MediaLibrary(Mapping[str, Any]):
    """The session's pictures and videos by id, each read from its file when it is looked at.

    Args:
        artefacts: where they lie.
        samples: how many frames of a video a program sees, at most.
        pixels: what its pictures may take in memory, together with those of other sessions.

    Attributes:
        store: those in memory, as experts look at them.
    """

    def __init__(
        self, artefacts: ArtefactStore, *, limits: ChatLimits, samples: int, pixels: PixelBudget | None = None
    ) -> None:
        self._artefacts, self._limits, self._samples = artefacts, limits, samples
        self.store = MediaStore(
            limits=media_limits(limits),
            source=_OnDisk(artefacts, limits=limits, samples=samples),
            budget=pixels or PixelBudget(limits.held_pixel_bytes),
        )

    def __getitem__(self, media: str) -> Picture | Video:
        if media not in self:
            raise KeyError(media)
        return self.store.held(media)

    def __contains__(self, media: object) -> bool:
        return isinstance(media, str) and self.store.knows(media)

    def __iter__(self) -> Iterator[str]:
        return (artefact.id for artefact in self._artefacts.all())

    def __len__(self) -> int:
        return len(self._artefacts.all())

    def held(self, media: str) -> Picture | Video:
        """The picture or video of that id. Raises BadRequest when the session holds no such."""
        if media not in self:
            raise _unknown()
        return self.store.held(media)

    def bring(self, path: Path, name: str) -> Artefact:
        """Take a visitor's file into the session; the file given stays where it is.

        Raises:
            MediaError: when it is no picture or video that can be read, or over a limit.
            BadRequest: when the visitor's files would be more than are allowed.
        """
        folder = self._artefacts.folder()
        own = folder / f".{secrets.token_hex(8)}"
        shutil.copyfile(path, own)
        try:
            held = checked(own, name=name, limits=self._limits)
            final = folder / f"{held.id}.original"
            own.rename(final)  # a video stays open under its new name
        finally:
            own.unlink(missing_ok=True)
        return self._keep(held, final, kind=_kind(held), origin="uploaded")

    def keep_made(self, answer: Answer, *, turn: int) -> None:
        """Enter the pictures that experts made for an answer, with the operation that made each, and maps to look at.

        Args:
            turn: number of the turn that the answer is of.
        """
        operations = _operations(answer.trace)
        for media, picture in answer.pictures.items():
            if not isinstance(picture, Picture) or self._artefacts.find(media) is not None:
                continue
            path = self._artefacts.folder() / f"{media}.png"
            _write_png(path, picture)
            made = operations.get(media)
            origin = f"made by turn {turn}: {made or 'a program'}"
            try:
                self._keep(picture, path, kind="image" if made else "map", origin=origin)
            except SightlineError:
                return  # over the quota: the answer stands, and the picture is gone when its memory is needed

    def _keep(self, held: Picture | Video, path: Path, *, kind: str, origin: str) -> Artefact:
        artefact = Artefact(
            id=held.id,
            kind=kind,
            name=held.name,
            file=path.name,
            bytes=path.stat().st_size,
            width=held.width,
            height=held.height,
            origin=origin,
        )
        self._artefacts.keep(artefact)
        _put(held, self.store, samples=self._samples)
        return artefact


class _OnDisk:
    """Where pictures and videos lie while they are not in memory; the `Source` of a library's store."""

    def __init__(self, artefacts: ArtefactStore, *, limits: ChatLimits, samples: int) -> None:
        self._artefacts, self._limits, self._samples = artefacts, limits, samples
        self._reading = threading.Lock()

    def has(self, media_id: str) -> bool:
        try:
            return self._artefacts.find(media_id) is not None
        except BadRequest:  # the session was deleted, and its files with it
            return False

    def read(self, media_id: str, into: MediaStore) -> None:
        with self._reading:
            if into.holds(media_id):
                return  # another thread has read it
            found = self._artefacts.find(media_id)
            if found is None:
                raise _unknown()
            held = checked(self._artefacts.file(media_id), name=found.name, limits=self._limits)
            _put(held, into, samples=self._samples)


def _put(held: Picture | Video, store: MediaStore, *, samples: int) -> None:
    if isinstance(held, Picture):
        store.add(held)
    else:
        store.add_video(held, samples=samples)


def _unknown() -> BadRequest:
    return BadRequest("this session holds no such picture or video: choose one of its gallery")


def _kind(held: Picture | Video) -> str:
    if isinstance(held, Picture):
        return "image"
    return "sound" if held.facts.sound_only else "video"


def _operations(trace: Trace) -> dict[str, str]:
    """By the id of each picture that a step made: which operation made it, from what."""
    names = {media.id: media.name for media in trace.header.media}
    operations: dict[str, str] = {}
    for step in trace.steps:
        what = asked(step.capability, step.arguments)
        for media, source in pictures_made(step):
            before = operations.get(source or "") or names.get(source or "")
            operations.setdefault(media, f"{what}, from {before}" if before else what)
    return operations


def _write_png(path: Path, picture: Picture) -> None:
    from PIL import Image

    # Without loss, so that the file reads back under the same id.
    Image.fromarray(picture.pixels).save(path, "PNG")
