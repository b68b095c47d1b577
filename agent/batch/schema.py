"""The columns of the results, and how rows become a Parquet file that is whole or not there.

Columns that pass through keep their name; one that is called like a column of ours comes out as `given_NAME`. They keep
their type where all rows agree in one of Parquet's plain types, and are JSON texts otherwise.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...tools.errors import MissingDependency
from .manifest import Row

__all__ = ["FIELDS", "METADATA", "columns", "merge", "parquet_schema", "synced", "write_part"]

METADATA = b"sightline.batch"  # key of the file's metadata that says, as JSON, how the results came about

# name -> (type, what it says); the order is that of the file
FIELDS: Mapping[str, tuple[str, str]] = {
    "id": ("string", "the row's id in the manifest, its number where it has none"),
    "media": ("string", "the picture or video, as an absolute path or an address"),
    "query": ("string", "what was asked"),
    "options": ("list<string>", "the answers to choose from, null for a free answer"),
    "answer": ("string", "the answer in words, null where there is none"),
    "value": ("string", "what the program returned, as JSON; boxes and the like as in traces"),
    "status": ("string", "answered, cannot_tell, or the kind of failure"),
    "reason": ("string", "why there is no answer"),
    "failure": ("string", "class of the error that ended it, null without one"),
    "confidence": ("double", "0 to 1, null where nobody gave one"),
    "program": ("string", "the program that was run last"),
    "planner": ("string", "who wrote it"),
    "model": ("string", "the planner's model"),
    "prompt_hash": ("string", "sha256 of the messages that the model saw"),
    "experts": ("list<string>", "experts that answered calls, each with the version of its weights"),
    "attempts": ("int32", "programs that were tried"),
    "expert_calls": ("int32", "calls of experts by the programs"),
    "cached_calls": ("int32", "of those, how many were answered from memory"),
    "tokens_in": ("int64", "tokens that planning this row read; 0 where the plan was made for another row"),
    "tokens_out": ("int64", "tokens that planning this row wrote"),
    "seconds": ("double", "from question to answer"),
    "plan_seconds": ("double", "of those, planning"),
    "program_seconds": ("double", "of those, running programs, with the experts they waited for"),
    "expert_seconds": ("double", "of those, waiting for experts"),
}
_PLAIN = {"str": "string", "int": "int64", "float": "double", "bool": "bool"}


def columns(kinds: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    """The columns that pass through: manifest column -> (column of the results, type).

    Args:
        kinds: by column, the names of the Python types that its values have.
    """
    found = {}
    for name, types in kinds.items():
        some = set(types) - {"NoneType"}
        kind = "float" if some == {"int", "float"} else next(iter(some)) if len(some) == 1 else "json"
        found[name] = (f"given_{name}" if name in FIELDS else name, _PLAIN.get(kind, "json"))
    return found


def parquet_schema(passed: Mapping[str, tuple[str, str]], metadata: Mapping[str, Any]) -> Any:
    """The Arrow schema of the results. Raises MissingDependency without pyarrow."""
    arrow = _arrow()
    types = {
        "string": arrow.string(),
        "json": arrow.string(),
        "list<string>": arrow.list_(arrow.string()),
        "double": arrow.float64(),
        "int32": arrow.int32(),
        "int64": arrow.int64(),
        "bool": arrow.bool_(),
    }
    fields = [arrow.field(name, types[kind]) for name, (kind, _) in FIELDS.items()]
    fields += [arrow.field(name, types[kind]) for name, kind in passed.values()]
    return arrow.schema(fields, metadata={METADATA: json.dumps(dict(metadata)).encode()})


def write_part(
    path: Path, rows: Iterable[tuple[Row, Mapping[str, Any]]], schema: Any, passed: Mapping[str, tuple[str, str]]
) -> None:
    """Write rows with their records as one file, which is there and on disk when this returns. Raises OSError."""
    arrow = _arrow()
    from pyarrow import parquet

    lines = [_line(row, record, passed) for row, record in rows]
    with synced(path) as beside:
        parquet.write_table(arrow.Table.from_pylist(lines, schema=schema), beside, compression="zstd")


def merge(path: Path, parts: Sequence[Path], schema: Any) -> None:
    """Write the rows of all parts, in order, as one file, which is there and on disk when this returns; raises OSError.

    One group of rows is held in memory at a time.
    """
    _arrow()
    from pyarrow import parquet

    with synced(path) as beside, parquet.ParquetWriter(beside, schema, compression="zstd") as writer:
        for part in parts:
            with parquet.ParquetFile(part) as file:
                for batch in file.iter_batches():
                    writer.write_batch(batch.cast(schema))


@contextmanager
def synced(path: Path) -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` once it is whole and on disk."""
    beside = path.with_name(f".{path.name}.writing")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _line(row: Row, record: Mapping[str, Any], passed: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    line = {"id": row.id, "media": row.media, "query": row.query, "options": row.options, **record}
    for name, (column, kind) in passed.items():
        value = row.extra.get(name)
        as_text = kind == "json" and value is not None
        line[column] = json.dumps(value, ensure_ascii=False) if as_text else value
    return line


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise MissingDependency("writing results in Parquet", "pyarrow", extra="batch") from error
    return pyarrow
