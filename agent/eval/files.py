"""Reading the files of data sets: JSON, JSON lines and CSV, with errors that name the file and the place."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .datasets import Item

__all__ = ["check_media", "csv_rows", "first_that_is", "json_lines", "listed", "parsed", "read_text"]


def read_text(path: Path) -> str:
    """The text of a file. Raises BadRequest when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} cannot be read: {error}") from error


def parsed(path: Path) -> Any:
    """The JSON of a file. Raises BadRequest when it holds none."""
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise BadRequest(f"{path} is not JSON: {error}") from error


def listed(path: Path, key: str) -> list[Any]:
    """The list of that key in a JSON file, or the file itself where it is a list. Raises BadRequest without one."""
    data = parsed(path)
    found = data.get(key) if isinstance(data, dict) else data
    if not isinstance(found, list):
        raise BadRequest(f"{path} holds no list of {key}")
    return found


def json_lines(path: Path, limit: int | None) -> list[Any]:
    """The values of a JSON-lines file, at most `limit`. Raises BadRequest on a line that is none."""
    rows: list[Any] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip() and (limit is None or len(rows) < limit):
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise BadRequest(f"line {number} of {path} is not JSON: {error}") from error
    return rows


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by column. Raises BadRequest when it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file, strict=True)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRequest(f"{path} cannot be read as CSV: {error}") from error


def first_that_is(places: Sequence[Path], *, what: str, folder: Path) -> Path:
    """The first of the paths that is there. Raises BadRequest, which lists all that were looked for, when none is."""
    for place in places:
        if place.exists():
            return place
    looked = ", ".join(str(place.relative_to(folder)) for place in places)
    raise BadRequest(f"{folder} has no {what}: looked for {looked}")


def check_media(items: Sequence[Item], source: Path) -> None:
    """Raises BadRequest when there are no items, or the picture or video of one is missing."""
    if not items:
        raise BadRequest(f"{source} holds no questions")
    absent = sorted({item.asked.image for item in items if not item.asked.image.is_file()})
    if absent:
        raise BadRequest(f"{len(absent)} of the pictures that {source} names are missing, such as {absent[0]}")
