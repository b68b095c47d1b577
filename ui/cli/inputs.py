"""What commands read: pictures and programs as they were named on the command line."""

from __future__ import annotations

from pathlib import Path

from ...tools.errors import BadRequest, ForbiddenAddress

__all__ = ["given", "program_text"]


def given(media: str, *, allow_urls: bool) -> str:
    """The picture as it was typed, unless it is an address and nobody allowed those."""
    if not allow_urls and media.lower().startswith(("http://", "https://")):
        raise ForbiddenAddress(f"{media} is an address: add --allow-urls to fetch the picture")
    return media


def program_text(path: Path) -> str:
    """A program's source. Raises BadRequest when the file is no text or cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{path} is not a text file in UTF-8: give a Python file") from error
    except OSError as error:
        raise BadRequest(f"cannot read the program {path}: {error.strerror}") from error
