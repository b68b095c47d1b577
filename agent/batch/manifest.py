"""Reads the rows of a batch: a CSV, JSON-lines or Parquet file, or a folder of pictures and videos, here or far away.

Columns `media`, `query` (or `question`), `options` and `id`; all others pass through to the results. Rows are read one
after the other and never held together. What a file says is checked here and a fault is named with its place; whether
a picture can be read shows when its row is answered, and costs that row.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest, MissingDependency
from .places import Far, far_or_path

__all__ = ["VIDEO_SUFFIXES", "Row", "read_manifest"]

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm"}
VIDEO_SUFFIXES = {
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".mpg",
    ".mpeg",
    ".ts",
    ".flv",
    ".wmv",
    ".ogv",
    ".3gp",
}
_OWN = ("media", "query", "question", "options", "id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One question about one picture or video.

    Attributes:
        number: its place in the manifest, from 0.
        id: its name in the results; the number where the manifest gives none.
        media: a path, made absolute from the manifest's folder, or an address such as s3://bucket/clip.mp4; what a
            manifest at an address names by a relative path lies at the address of its folder.
        options: the answers to choose from, None for a free answer.
        extra: what else the manifest says of it.
    """

    number: int
    id: str
    media: str
    query: str
    options: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_manifest(path: str | Path, *, query: str | None = None, limit: int | None = None) -> Iterator[Row]:
    """The rows in the order in which they stand.

    Args:
        path: or address of a .csv, .jsonl (or .ndjson) or .parquet file, or of a folder, whose pictures and videos are
            taken with those of its subfolders, by name.
        query: what is asked where a row has no query of its own.
        limit: rows, at most.

    Raises:
        BadRequest: when the manifest cannot be read, or a row lacks something; the text names the place.
        MissingDependency: for Parquet without pyarrow, and for an address without the package that reaches it.
    """
    if limit is not None and limit < 1:
        raise BadRequest(f"a limit is a positive number of rows, not {limit}")
    source = far_or_path(path)
    for number, (place, given) in enumerate(islice(_rows(source, query), limit)):
        yield _row(number, place, given, source, query)


def _rows(source: Path | Far, query: str | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each row with the place where it stands."""
    there = source.exists()
    if there and (source.is_folder() if isinstance(source, Far) else source.is_dir()):
        if query is None or not query.strip():
            raise BadRequest(f"{source} is a folder: say with --query what is asked about each picture and video in it")
        yield from _media_in(source)
        return
    if not there:
        raise BadRequest(f"there is no manifest {source}: give a CSV, JSONL or Parquet file, or a folder")
    if isinstance(source, Path):
        yield from _lines(source)
        return
    with tempfile.TemporaryDirectory(prefix="sightline-") as folder:
        copy = Path(folder) / source.name
        source.fetch(copy)
        yield from _lines(copy)


def _lines(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    readers = {".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet}
    if path.suffix.lower() not in readers:
        raise BadRequest(f"{path} is no manifest: its name ends in none of {', '.join(readers)}")
    return readers[path.suffix.lower()](path)


def _media_in(source: Path | Far) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = False
    for place, name in source.files() if isinstance(source, Far) else _files(source):
        if Path(name).suffix.lower() in _PICTURES | VIDEO_SUFFIXES:
            found = True
            yield place, {"media": place, "id": name}
    if not found:
        raise BadRequest(f"{source} holds no pictures or videos")


def _files(root: Path) -> Iterator[tuple[str, str]]:
    """All files below a folder, each with its name from there."""
    for folder, folders, names in os.walk(root.absolute()):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            yield str(file), str(file.relative_to(root.absolute()))


def _csv(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_columns(reader.fieldnames or (), path)
            for given in reader:
                place = f"line {reader.line_num} of {path}"
                if None in given or None in given.values():
                    raise BadRequest(f"{place} has another number of fields than the first line names")
                yield place, given
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRequest(f"{path} cannot be read as CSV in UTF-8: {error}") from error


def _jsonl(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for count, line in enumerate(file, start=1):
                place = f"line {count} of {path}"
                if not line.strip():
                    continue
                try:
                    given = json.loads(line)
                except ValueError as error:
                    raise BadRequest(f"{place} is not JSON: {error}") from error
                if not isinstance(given, dict):
                    raise BadRequest(f"{place} is not a JSON object")
                yield place, given
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} cannot be read: {error}") from error


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingDependency("reading a manifest in Parquet", "pyarrow", extra="batch") from error
    try:
        with parquet.ParquetFile(path) as file:
            _check_columns(file.schema_arrow.names, path)
            number = 0
            for batch in file.iter_batches(batch_size=1024):
                for given in batch.to_pylist():
                    yield f"row {number} of {path}", given
                    number += 1
    except (OSError, arrow.ArrowException) as error:
        raise BadRequest(f"{path} cannot be read as Parquet: {error}") from error


def _check_columns(names: Iterable[str], path: Path) -> None:
    names = list(names)
    if "media" not in names:
        raise BadRequest(f"{path} has no column media; it has {', '.join(map(str, names)) or 'none'}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadRequest(f"{path} names the column {twice[0]} twice")


def _row(number: int, place: str, given: Mapping[str, Any], manifest: Path | Far, query: str | None) -> Row:
    media, asked = given.get("media"), given.get("query") or given.get("question") or query
    if not isinstance(media, str) or not media.strip():
        raise BadRequest(f"{place} has no media: give the path of a picture or video")
    if not isinstance(asked, str) or not asked.strip():
        raise BadRequest(f"{place} has no query: add a column query, or say with --query what is asked of every row")
    name = given.get("id")
    return Row(
        number=number,
        id=str(number) if name is None or name == "" else str(name),
        media=media if "://" in media else _beside(manifest, media),
        query=asked,
        options=_options(given.get("options"), place),
        extra={key: value for key, value in given.items() if key not in _OWN},
    )


def _beside(manifest: Path | Far, media: str) -> str:
    if isinstance(manifest, Path):
        return str((manifest.parent / media).absolute())
    return media if media.startswith("/") else str(manifest.sibling(media))


def _options(given: Any, place: str) -> tuple[str, ...] | None:
    """A list, a JSON list in a text, or texts with | between them."""
    if given is None or given == "" or given == []:
        return None
    options = given
    if isinstance(given, str):
        if given.lstrip().startswith("["):
            try:
                options = json.loads(given)
            except ValueError as error:
                raise BadRequest(f"{place} has options that begin like a JSON list and are none: {error}") from error
        else:
            options = given.split("|")
    if not isinstance(options, list) or not all(isinstance(one, str) and one.strip() for one in options):
        raise BadRequest(f"{place} has options that are no list of texts: write a|b|c, or a JSON list of texts")
    return tuple(one.strip() for one in options)
