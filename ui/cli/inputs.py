"""What commands take: pictures, programs, routes and files as they were named on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...tools.errors import BadRequest, ForbiddenAddress

if TYPE_CHECKING:
    from ...agent.router import Route

__all__ = ["given", "program_text", "route_named", "saved_as"]


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


def route_named(name: str) -> Route:
    """The route of that name. Raises BadRequest when there is none."""
    from ...agent.router import ROUTES

    found = next((route for route in ROUTES if route == name), None)
    if found is None:
        raise BadRequest(f"--route is one of {', '.join(ROUTES)}, not {name!r}")
    return found


def saved_as(path: Path | None) -> Path | None:
    """Where pictures are to be saved. Raises BadRequest, before anything is asked, where they cannot be."""
    if path is None:
        return None
    from ..saving import checked_target

    return checked_target(path)
