"""The pictures of an answer, written to files: those that a program made or cut out and returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..tools.api import ImagePatch
from ..tools.errors import BadRequest
from ..tools.media import Picture

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..agent import Answer

__all__ = ["KINDS", "checked_target", "save_pictures"]

KINDS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def checked_target(path: Path) -> Path:
    """Where pictures are to go. Raises BadRequest for a kind of file that holds none, or a folder that is not there."""
    if path.suffix.lower() not in KINDS:
        raise BadRequest(f"a picture cannot be saved as {path.name}: end its name in one of {', '.join(KINDS)}")
    if not path.parent.is_dir():
        raise BadRequest(f"a picture cannot be saved as {path}: there is no folder {path.parent}")
    return path


def save_pictures(answer: Answer, path: Path) -> list[Path]:
    """Write each picture of the answer's value: to `path`, or where there are several to NAME-1, NAME-2, ... beside it.

    Returns:
        the files, in the value's order; none where it holds no picture.

    Raises:
        BadRequest: when a file cannot be written.
    """
    from PIL import Image

    patches = list(_patches(answer.value))
    targets = [path] if len(patches) == 1 else [path.with_stem(f"{path.stem}-{n + 1}") for n in range(len(patches))]
    for patch, target in zip(patches, targets, strict=True):
        try:
            Image.fromarray(_pixels(answer, patch)).save(target)
        except OSError as error:
            raise BadRequest(f"cannot write {target}: {error.strerror or error}") from error
    return targets


def _patches(value: Any) -> Iterator[ImagePatch]:
    if isinstance(value, ImagePatch):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _patches(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _patches(item)


def _pixels(answer: Answer, patch: ImagePatch) -> npt.NDArray[np.uint8]:
    """(H, W, 3): the patch's part of its picture, or of the frame of its video."""
    import numpy as np

    ref = patch.ref
    source = answer.pictures[ref.media]
    whole = source.pixels if isinstance(source, Picture) else source.frame(ref.frame or 0)
    x1, y1, x2, y2 = ref.box.to_xyxy(ref.height)
    return np.ascontiguousarray(whole[y1:y2, x1:x2])
