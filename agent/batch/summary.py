"""What a person wants to know of a batch's results: how many of which status, failures by class, and what it cost.

Reads a file of results piece by piece and holds a bounded number of rows, failures before answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...tools.errors import BadRequest
from .belonging import opened_results
from .places import far_or_path
from .schema import METADATA

__all__ = ["QueryShare", "Summary", "Tally", "summary_of"]

_SUMS = (
    "expert_calls", "cached_calls", "tokens_in", "tokens_out", "seconds", "plan_seconds", "program_seconds",
    "expert_seconds",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """Counts over records as they come.

    Attributes:
        statuses, failures: rows by status, and failed rows by (status, class of the error).
        reasons: what the first row of each of those failures says.
        sums: of calls, tokens and seconds, by the name of the column.
    """

    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, record: Mapping[str, Any]) -> None:
        self.rows += 1
        self.statuses[record["status"]] += 1
        if record["failure"]:
            kind = record["status"], record["failure"]
            self.failures[kind] += 1
            self.reasons.setdefault(kind, record["reason"] or "")
        for name in _SUMS:
            self.sums[name] += record[name]

    @property
    def failed(self) -> int:
        """Rows without an answer whose program did not just find that it cannot tell."""
        return self.rows - self.statuses["answered"] - self.statuses["cannot_tell"]


@dataclass(slots=True)
class QueryShare:
    """One query text: its rows, those answered, and the programs that were run for it."""

    rows: int = 0
    answered: int = 0
    programs: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A file of results in short.

    Attributes:
        facts: how the results came about, from the file's metadata.
        queries: the first query texts, at most as many as were asked for.
        shown: rows to show, at most as many as were asked for, failures first.
    """

    facts: Mapping[str, Any]
    tally: Tally
    queries: Mapping[str, QueryShare]
    more_queries: int
    shown: list[dict[str, Any]]


def summary_of(results: str | Path, *, most_rows: int = 500, most_queries: int = 100) -> Summary:
    """Read results, by path or address, and sum them up.

    Raises:
        BadRequest: when the file is not one of a batch.
    """
    import pyarrow
    from pyarrow import parquet

    tally, queries, more = Tally(), dict[str, QueryShare](), set[int]()
    failed: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    try:
        with opened_results(far_or_path(results)) as source, parquet.ParquetFile(source) as file:
            facts = json.loads(file.schema_arrow.metadata[METADATA])
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    tally.add(row)
                    if row["query"] in queries or len(queries) < most_queries:
                        share = queries.setdefault(row["query"], QueryShare())
                        share.rows += 1
                        share.answered += row["status"] == "answered"
                        if row["program"]:
                            share.programs.add(row["program"])
                    else:
                        more.add(hash(row["query"]))
                    kept = others if row["status"] in ("answered", "cannot_tell") else failed
                    if len(kept) < most_rows:
                        kept.append(row)
    except (OSError, KeyError, TypeError, ValueError, pyarrow.ArrowException) as error:
        raise BadRequest(f"{results} does not hold the results of a batch: {error}") from error
    shown = [*failed, *others][:most_rows]
    return Summary(facts=facts, tally=tally, queries=queries, more_queries=len(more), shown=shown)
